/**
 * FLUSHALL and FLUSHDB. A flush must spare the stamp of database 0: a server that restarts without one looks as if it had
 * nothing, and loses to a replica that has what was flushed. So the shard flushes in a script, which is atomic, also for
 * its replicas.
 */
import { encode, encodeCommand, type RequestView } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { argumentText } from '../route/refusals.ts';
import { errors } from '../route/replies.ts';
import { STAMP_KEY } from '../route/reserved-key.ts';
import type { Handler, Handlers } from '../route/router.ts';
import type { UpstreamTraits } from '../upstream/upstream-kind.ts';
import { answerLater } from './answer-later.ts';
import { combine } from './combine.ts';
import { joined, wholeRequest } from './broadcast.ts';
import { arrivals } from './moving-keys.ts';
import { whileOwnersStay } from './owned-keys.ts';
import type { ShardCalls } from './shard-calls.ts';

/** A server without memory flushes all the same: the stamp then comes with the next second. */
const SCRIPT = `redis.call('SELECT', '0')
local stamp = redis.call('GET', KEYS[1])
local done = redis.pcall(unpack(ARGV))
if stamp and not done.err then redis.pcall('SET', KEYS[1], stamp) end
return done`;

export function flushHandlers(calls: ShardCalls): Handlers {
  return [
    ['flushall', flush(calls)],
    ['flushdb', flush(calls)],
  ];
}

const SLOTS_MOVED = encode.errorReply(
  'UNCERTAIN Slots kept moving while their keys were removed: some may be left',
);

function flush(calls: ShardCalls): Handler {
  return (client, command) => {
    if (!isFlush(client.request, 1)) return client.answer(errors.syntax);
    const request = requestFor(client, calls.routing.traits);
    const call = { client, request, isWrite: true };
    answerLater(client, calls.routing, async () => {
      // While slots move, a server may get keys back that were flushed at another.
      const answers = await whileOwnersStay(calls.routing, async () => {
        const first = await calls.all(call);
        return (await arrivals(calls, client)).length > 0 ? calls.all(call) : first;
      });
      if (answers === null) return SLOTS_MOVED;
      return joined(command, answers, () =>
        combine(
          command.responsePolicy,
          answers.map(({ reply }) => reply),
          client.respVersion,
        ),
      );
    });
  };
}

/** Whether the arguments from `at` on are those of a flush of any kind (db.c `getFlushCommandFlags`). */
export function isFlush(request: RequestView, at: number): boolean {
  if (request.count <= at) return true;
  return request.count === at + 1 && /^a?sync$/i.test(argumentText(request, at));
}

function requestFor(client: Client, { ownsServers }: UpstreamTraits): Uint8Array {
  const { request } = client;
  if (!ownsServers) return wholeRequest(client);
  const words = Array.from({ length: request.count }, (_, i) => argumentText(request, i));
  const isOther = client.database !== 0 && words[0]!.toLowerCase() === 'flushdb';
  return isOther ? wholeRequest(client) : encodeCommand(['EVAL', SCRIPT, '1', STAMP_KEY, ...words]);
}
