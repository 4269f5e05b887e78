/** KEYS, DBSIZE, RANDOMKEY: over the shards, less the keys that are reserved or at a shard that does not own them. */
import { encode, encodeCommand, encodeReply } from '@keyfleet/resp';
import type { Command } from '@keyfleet/commands';
import type { Client } from '../downstream/client.ts';
import { errors } from '../route/replies.ts';
import { STAMP_KEY } from '../route/reserved-key.ts';
import type { Handlers } from '../route/router.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import { answerLater } from './answer-later.ts';
import { joined, wholeRequest } from './broadcast.ts';
import { keptStrings, stringsReply, type KeepString } from './bulk-list.ts';
import { failureOf, isError } from './failure.ts';
import { arrivals } from './moving-keys.ts';
import { isOwnedBy, whileOwnersStay } from './owned-keys.ts';
import { patternSlot } from './pattern-slot.ts';
import type { ShardCalls } from './shard-calls.ts';

const DBSIZE = encodeCommand(['DBSIZE']);
const RANDOMKEY = encodeCommand(['RANDOMKEY']);
const STAMP_EXISTS = encodeCommand(['EXISTS', STAMP_KEY]);
const NO_STAMP = encode.integer(0);
/** Redis tries as often for a key that has not expired (db.c `dbRandomKey`). */
const RANDOM_TRIES_MAX = 100;

export type KeysEnv = {
  readonly calls: ShardCalls;
  /** In [0, 1). */
  readonly random: () => number;
};

export function keysHandlers(env: KeysEnv): Handlers {
  const { calls } = env;
  const { routing } = calls;
  return [
    ['keys', (client, command) => keys(calls, client, command)],
    [
      'dbsize',
      (client, command) => answerLater(client, routing, () => databaseSize(calls, client, command)),
    ],
    [
      'randomkey',
      (client, command) => answerLater(client, routing, () => randomKey(env, client, command)),
    ],
  ];
}

function keys(calls: ShardCalls, client: Client, command: Command): void {
  const { routing } = calls;
  const { request } = client;
  const pattern = request.bytes.subarray(request.offsets[2], request.offsets[3]);
  const slot = patternSlot(pattern);
  const call = { client, request: wholeRequest(client), isWrite: false };
  answerLater(client, routing, async () => {
    const found = await whileOwnersStay(routing, async () => {
      const { shards, owners } = routing;
      const asked = slot === null ? shards : shards.filter((_, i) => i === owners[slot]);
      const first = await calls.all(call, asked);
      // A key may go from a shard that is asked late to one that was asked early, but not back.
      const isMoving = (await arrivals(calls, client)).length > 0;
      return { isMoving, answers: isMoving ? [...first, ...(await calls.all(call))] : first };
    });
    if (found === null) return errors.holdLimit;
    const { isMoving, answers } = found;
    const isFirst = eachOnce();
    return joined(command, answers, () =>
      stringsReply(
        answers.map(({ shard, reply }) => {
          const isVisible = isOwnedBy(routing, shard);
          return keptStrings(
            reply,
            0,
            (...at) => isVisible(...at) && (!isMoving || isFirst(...at)),
          );
        }),
      ),
    );
  });
}

function eachOnce(): KeepString {
  const seen = new Set<string>();
  return (bytes, start, end) => {
    const { size } = seen;
    seen.add(Buffer.from(bytes.subarray(start, end)).toString('latin1'));
    return seen.size > size;
  };
}

/** While slots move it counts what is at two shards twice. */
async function databaseSize(
  calls: ShardCalls,
  client: Client,
  command: Command,
): Promise<Uint8Array> {
  const counts = await keyCounts(calls, client, command);
  if (counts instanceof Uint8Array) return counts;
  return encode.integer(counts.reduce((sum, { count }) => sum + count, 0));
}

type KeyCount = { readonly shard: ShardUpstream; readonly count: number };

/** Or the error. */
async function keyCounts(
  calls: ShardCalls,
  client: Client,
  { name }: Command,
): Promise<KeyCount[] | Uint8Array> {
  const [sizes, stamps] = await Promise.all([
    calls.all({ client, request: DBSIZE, isWrite: false }),
    // The only reserved key, and only here.
    client.database === 0 && calls.routing.traits.ownsServers
      ? calls.all({ client, request: STAMP_EXISTS, isWrite: false })
      : [],
  ]);
  const stampOf = new Map(stamps.map(({ shard, reply }) => [shard, reply]));
  const answers = sizes.map(({ shard, reply }) => ({
    shard,
    size: reply,
    stamp: stampOf.get(shard) ?? NO_STAMP,
  }));
  const told = answers.map(({ shard, size, stamp }) => ({
    shard,
    reply: isError(size) ? size : stamp,
  }));
  const failure = failureOf(told, { name: name.toUpperCase(), isWrite: false });
  if (failure !== null) return failure;
  return answers.map(({ shard, size, stamp }) => ({
    shard,
    // The stamp may have come between the two answers.
    count: Math.max(0, integerOf(size) - integerOf(stamp)),
  }));
}

/** Each key is as likely as any other, as far as it is at its shard. */
async function randomKey(
  { calls, random }: KeysEnv,
  client: Client,
  command: Command,
): Promise<Uint8Array> {
  const counts = await keyCounts(calls, client, command);
  if (counts instanceof Uint8Array) return counts;
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  for (let tried = 0; total > 0 && tried < RANDOM_TRIES_MAX; tried++) {
    const shard = weighted(counts, random() * total);
    const reply = await calls.one(shard, { client, request: RANDOMKEY, isWrite: false });
    if (reply === null) return errors.holdLimit;
    if (isError(reply) || isVisible(reply, calls, shard)) return reply;
  }
  return encodeReply(null, client.respVersion);
}

/** The shard that `at` falls to, of the sum of all counts. */
export function weighted<T>(
  counts: readonly { readonly shard: T; readonly count: number }[],
  at: number,
): T {
  let left = at;
  for (const { shard, count } of counts) {
    if (left < count) return shard;
    left -= count;
  }
  return counts.findLast(({ count }) => count > 0)!.shard;
}

/** Its keys may have gone since they were counted: a null is none that a client sees. */
function isVisible(reply: Uint8Array, { routing }: ShardCalls, shard: ShardUpstream): boolean {
  const isNull = reply[0] !== 0x24 || reply[1] === 0x2d;
  if (isNull) return false;
  const start = reply.indexOf(0x0a) + 1;
  return isOwnedBy(routing, shard)(reply, start, reply.length - 2);
}

/** Of `:n`. */
function integerOf(reply: Uint8Array): number {
  return Number(Buffer.from(reply.subarray(1, -2)).toString());
}
