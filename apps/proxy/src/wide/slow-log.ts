/** The slow logs of all servers as one, newest first. */
import { decodeReply, encodeReply, type Reply } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { argumentText } from '../route/refusals.ts';
import type { Handler } from '../route/router.ts';
import { broadcast } from './broadcast.ts';
import type { ShardCalls } from './shard-calls.ts';

const SHOWN_DEFAULT = 10;
/** In an entry: [id, time, duration, arguments, …]. */
const TIME = 1;

/** SLOWLOG GET [count], COMMANDLOG GET count type. Each server checks the count, and gives as many: enough for all. */
export function slowLogGet(calls: ShardCalls): Handler {
  return (client, command) => {
    const shown = shownCount(client);
    const join = broadcast(calls, (answers) => {
      const logs = answers.map(({ reply }) => decodeReply(reply) as readonly Reply[][]);
      return encodeReply(newestFirst(logs).slice(0, shown), client.respVersion);
    });
    join(client, command);
  };
}

function shownCount({ request }: Client): number {
  const count = request.count > 2 ? Number(argumentText(request, 2)) : SHOWN_DEFAULT;
  return count === -1 ? Infinity : count;
}

/** Entries of one second stay as each server ordered them. */
export function newestFirst(logs: readonly (readonly Reply[][])[]): Reply[][] {
  return logs.flat().sort((a, b) => Number(b[TIME]) - Number(a[TIME]));
}
