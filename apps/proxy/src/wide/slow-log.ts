/**
 * SLOWLOG: the logs of all servers and of the processes of this proxy as one, newest first. A server tells how long it
 * worked on a command, for a client that is the proxy; the proxy tells how long its client waited for the reply.
 */
import type { Command } from '@keyfleet/commands';
import { decodeReply, encode, encodeReply, type Reply } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { argumentText } from '../route/refusals.ts';
import type { Handler, Handlers } from '../route/router.ts';
import type { SlowEntry, SlowLog } from '../slowlog/slow-log.ts';
import type { OwnSlowLog, Processes } from '../workers/processes.ts';
import { answerLater } from './answer-later.ts';
import { joined, wholeRequest } from './broadcast.ts';
import { isError } from './failure.ts';
import type { Setting } from './kept-config.ts';
import type { ShardAnswer, ShardCalls } from './shard-calls.ts';

const SHOWN_DEFAULT = 10;
/** In an entry: [id, time, duration, arguments, address of the client, its name]. No more: some clients read no more. */
const ID = 0;
const TIME = 1;
/** Ids of one log are `n * SOURCES + source`: the processes of the proxy are first, then the shards in their order. */
const SOURCES = 2 ** 15;
const PROCESSES = 2 ** 10;

/** Whether a command is about the proxy's own logs too: COMMANDLOG has logs of other things. */
type IsOwnMeant = (client: Client) => boolean;

export function slowLogHandlers(calls: ShardCalls, processes: Processes): Handlers {
  const always: IsOwnMeant = () => true;
  const ifSlow =
    (argument: number): IsOwnMeant =>
    ({ request }) =>
      request.count > argument && argumentText(request, argument).toLowerCase() === 'slow';
  const env = { calls, processes };
  return [
    ['slowlog|get', get(env, always)],
    ['slowlog|len', len(env, always)],
    ['slowlog|reset', reset(env, always)],
    ['commandlog|get', get(env, ifSlow(3))],
    ['commandlog|len', len(env, ifSlow(2))],
    ['commandlog|reset', reset(env, ifSlow(2))],
  ];
}

type Env = { readonly calls: ShardCalls; readonly processes: Processes };
type Logs = readonly OwnSlowLog[];
/** One reply of the servers' and of the proxy's own logs. */
type JoinLogs = (answers: readonly ShardAnswer[], logs: Logs) => Uint8Array;

/** SLOWLOG GET [count], COMMANDLOG GET count type. Each server checks the count, and gives as many: enough for all. */
function get({ calls, processes }: Env, isOwnMeant: IsOwnMeant): Handler {
  return (client, command) => {
    const isMeant = isOwnMeant(client);
    const shown = shownCount(client);
    // A count that is none is the servers' to refuse.
    const own = (): Promise<Logs> => ownLogs(processes, isMeant && shown > 0 ? shown : 0);
    answerWith({ calls, client, command, own }, (answers, logs) => {
      const { shards } = calls.routing;
      const theirs = answers.map(({ shard, reply }) =>
        withSource(decodeReply(reply) as readonly Reply[][], PROCESSES + shards.indexOf(shard)),
      );
      const ours = logs.map(({ process, entries }) =>
        withSource(entries.map(entryReply), process % PROCESSES),
      );
      return encodeReply(newestFirst([...ours, ...theirs]).slice(0, shown), client.respVersion);
    });
  };
}

function len({ calls, processes }: Env, isOwnMeant: IsOwnMeant): Handler {
  return (client, command) => {
    const isMeant = isOwnMeant(client);
    const own = (): Promise<Logs> => ownLogs(processes, 0);
    answerWith({ calls, client, command, own }, (answers, logs) => {
      const theirs = answers.map(({ reply }) => decodeReply(reply) as number);
      const ours = isMeant ? logs.map(({ length }) => length) : [];
      return encode.integer([...ours, ...theirs].reduce((sum, length) => sum + length, 0));
    });
  };
}

function reset({ calls, processes }: Env, isOwnMeant: IsOwnMeant): Handler {
  return (client, command) => {
    const isMeant = isOwnMeant(client);
    const request = wholeRequest(client);
    answerLater(client, calls.routing, async () => {
      const answers = await calls.all({ client, request, isWrite: command.isWrite });
      const isTaken = !answers.some(({ reply }) => isError(reply));
      if (isMeant && isTaken) await resetOwn(processes);
      return joined(command, answers, () => answers[0]!.reply);
    });
  };
}

type Asked = {
  readonly calls: ShardCalls;
  readonly client: Client;
  readonly command: Command;
  /** Asked before the servers: what they are asked may be slow, and is not part of the answer. */
  readonly own: () => Promise<Logs>;
};

function answerWith({ calls, client, command, own }: Asked, join: JoinLogs): void {
  const request = wholeRequest(client);
  answerLater(client, calls.routing, async () => {
    const logs = await own();
    const answers = await calls.all({ client, request, isWrite: command.isWrite });
    return joined(command, answers, () => join(answers, logs));
  });
}

function resetOwn(processes: Processes): Promise<void> {
  return new Promise((resolve) => processes.ask('slowLogReset', null, () => resolve()));
}

function ownLogs(processes: Processes, count: number): Promise<Logs> {
  return new Promise((resolve) => processes.ask('slowLogNewest', count, resolve));
}

const settings: Readonly<Record<string, (own: SlowLog, value: number) => void>> = {
  'slowlog-log-slower-than': (own, value) => own.setSlowerThan(value),
  'slowlog-max-len': (own, value) => own.setMaxLen(value),
  // Valkey has a name more for each.
  'commandlog-execution-slower-than': (own, value) => own.setSlowerThan(value),
  'commandlog-slow-execution-max-len': (own, value) => own.setMaxLen(value),
};

export function isSlowLogSetting({ name }: Setting): boolean {
  return Object.hasOwn(settings, name);
}

/** What the servers took of CONFIG SET counts for the proxy's own log too. */
export function noteSlowLogSetting(own: SlowLog, { name, value }: Setting): true {
  settings[name]?.(own, Number(Buffer.from(value).toString()));
  return true;
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
