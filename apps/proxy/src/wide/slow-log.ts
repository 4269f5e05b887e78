/**
 * SLOWLOG: the logs of all servers and of this process of the proxy as one, newest first. A server tells how long it
 * worked on a command, for a client that is the proxy; the proxy tells how long its client waited for the reply.
 */
import { decodeReply, encode, encodeReply, type Reply } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { argumentText } from '../route/refusals.ts';
import type { Handler, Handlers } from '../route/router.ts';
import type { SlowEntry, SlowLog } from '../slowlog/slow-log.ts';
import { broadcast, type Join } from './broadcast.ts';
import type { Setting } from './kept-config.ts';
import type { ShardCalls } from './shard-calls.ts';

const SHOWN_DEFAULT = 10;
/** In an entry: [id, time, duration, arguments, address of the client, its name]. No more: some clients read no more. */
const ID = 0;
const TIME = 1;
/** Ids of one log are `n * SOURCES + source`: the proxy is 0, the shards follow in their order. */
const SOURCES = 2 ** 15;

/** What of the proxy's own log a command is about: COMMANDLOG has logs of other things too. */
type OwnOf = (client: Client) => SlowLog | null;

export function slowLogHandlers(calls: ShardCalls, own: SlowLog): Handlers {
  const always: OwnOf = () => own;
  const ifSlow =
    (argument: number): OwnOf =>
    ({ request }) => {
      const isMeant =
        request.count > argument && argumentText(request, argument).toLowerCase() === 'slow';
      return isMeant ? own : null;
    };
  return [
    ['slowlog|get', get(calls, always)],
    ['slowlog|len', len(calls, always)],
    ['slowlog|reset', reset(calls, always)],
    ['commandlog|get', get(calls, ifSlow(3))],
    ['commandlog|len', len(calls, ifSlow(2))],
    ['commandlog|reset', reset(calls, ifSlow(2))],
  ];
}

/** What the servers took of CONFIG SET counts for the proxy's own log too. Valkey has a name more for each. */
export function noteSlowLogSetting(own: SlowLog, { name, value }: Setting): void {
  const number = Number(Buffer.from(value).toString());
  switch (name) {
    case 'slowlog-log-slower-than':
    case 'commandlog-execution-slower-than':
      return own.setSlowerThan(number);
    case 'slowlog-max-len':
    case 'commandlog-slow-execution-max-len':
      return own.setMaxLen(number);
  }
}

/** SLOWLOG GET [count], COMMANDLOG GET count type. Each server checks the count, and gives as many: enough for all. */
function get(calls: ShardCalls, ownOf: OwnOf): Handler {
  return joining(calls, (client) => {
    const own = ownOf(client);
    const shown = shownCount(client);
    return (answers) => {
      const { shards } = calls.routing;
      const logs = answers.map(({ shard, reply }) =>
        withSource(decodeReply(reply) as readonly Reply[][], 1 + shards.indexOf(shard)),
      );
      const ours = withSource((own?.newest(shown) ?? []).map(entryReply), 0);
      return encodeReply(newestFirst([ours, ...logs]).slice(0, shown), client.respVersion);
    };
  });
}

function len(calls: ShardCalls, ownOf: OwnOf): Handler {
  return joining(calls, (client) => {
    const own = ownOf(client);
    return (answers) => {
      const lengths = answers.map(({ reply }) => decodeReply(reply) as number);
      return encode.integer(lengths.reduce((sum, length) => sum + length, own?.length ?? 0));
    };
  });
}

function reset(calls: ShardCalls, ownOf: OwnOf): Handler {
  return joining(calls, (client) => {
    const own = ownOf(client);
    return ([first]) => {
      own?.reset();
      return first!.reply;
    };
  });
}

/** `prepare` reads the request, which is gone when the answers come. */
function joining(calls: ShardCalls, prepare: (client: Client) => Join): Handler {
  return (client, command) => broadcast(calls, prepare(client))(client, command);
}

function shownCount({ request }: Client): number {
  const count = request.count > 2 ? Number(argumentText(request, 2)) : SHOWN_DEFAULT;
  return count === -1 ? Infinity : count;
}

function entryReply(entry: SlowEntry): Reply[] {
  const { id, atSeconds, durationUs, arguments: words, address, clientName } = entry;
  return [id, atSeconds, durationUs, [...words], address, clientName];
}

function withSource(log: readonly Reply[][], source: number): Reply[][] {
  return log.map((entry) => entry.with(ID, Number(entry[ID]) * SOURCES + source));
}

/** Entries of one second stay as each log ordered them. */
export function newestFirst(logs: readonly (readonly Reply[][])[]): Reply[][] {
  return logs.flat().sort((a, b) => Number(b[TIME]) - Number(a[TIME]));
}
