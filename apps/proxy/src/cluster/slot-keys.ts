/**
 * CLUSTER COUNTKEYSINSLOT and GETKEYSINSLOT. A standalone server has no index by slot: all keys of the shard are looked
 * at, in steps, which takes its time where there are many. One that knows slots is asked as it is.
 */
import { decodeReply, encode, encodeCommand } from '@keyfleet/resp';
import { keySlot, SLOT_COUNT } from '@keyfleet/slots';
import type { Client } from '../downstream/client.ts';
import { textArguments } from '../local/text-arguments.ts';
import { errors } from '../route/replies.ts';
import { isReserved } from '../route/reserved-key.ts';
import type { Handlers } from '../route/router.ts';
import { answerLater } from '../wide/answer-later.ts';
import { wholeRequest } from '../wide/broadcast.ts';
import { whileOwnersStay } from '../wide/owned-keys.ts';
import type { ShardCalls } from '../wide/shard-calls.ts';

const STEP_KEYS = '1000';
/** What a key takes beside its bytes, in the memory that is counted for its client. */
const KEPT_BYTES_EACH = 128;
const NOT_AN_INTEGER = encode.errorReply('ERR value is not an integer or out of range');
const INVALID_SLOT = encode.errorReply('ERR Invalid slot');
const INVALID_SLOT_OR_COUNT = encode.errorReply('ERR Invalid slot or number of keys');

export function slotKeyHandlers(calls: ShardCalls): Handlers {
  return [
    ['cluster|countkeysinslot', (client) => countKeys(calls, client)],
    ['cluster|getkeysinslot', (client) => getKeys(calls, client)],
  ];
}

function countKeys(calls: ShardCalls, client: Client): void {
  const [slot] = textArguments(client).slice(2).map(integerOf);
  if (Number.isNaN(slot)) return client.answer(NOT_AN_INTEGER);
  if (!isSlot(slot!)) return client.answer(INVALID_SLOT);
  if (calls.routing.traits.redirects) return askOwner(calls, client, slot!);
  answerLater(client, calls.routing, async () => {
    const keys = await keysOf(calls, client, { slot: slot!, countMax: Infinity });
    return keys instanceof Uint8Array ? keys : encode.integer(keys.length);
  });
}

function getKeys(calls: ShardCalls, client: Client): void {
  const [slot, countMax] = textArguments(client).slice(2).map(integerOf);
  if (Number.isNaN(slot) || Number.isNaN(countMax)) return client.answer(NOT_AN_INTEGER);
  if (!isSlot(slot!) || countMax! < 0) return client.answer(INVALID_SLOT_OR_COUNT);
  if (calls.routing.traits.redirects) return askOwner(calls, client, slot!);
  answerLater(client, calls.routing, async () => {
    const keys = await keysOf(calls, client, { slot: slot!, countMax: countMax! });
    if (keys instanceof Uint8Array) return keys;
    return encode.array(keys.slice(0, countMax).map((key) => encode.bulk(key)));
  });
}

function askOwner(calls: ShardCalls, client: Client, slot: number): void {
  const request = wholeRequest(client);
  answerLater(client, calls.routing, async () => {
    const reply = await calls.one(slot, { client, request, isWrite: false });
    return reply ?? errors.slotNotServed;
  });
}

type Wanted = { readonly slot: number; readonly countMax: number };

/** Or the error. */
async function keysOf(
  calls: ShardCalls,
  client: Client,
  wanted: Wanted,
): Promise<Buffer[] | Uint8Array> {
  const found = await whileOwnersStay(calls.routing, () => scanShard(calls, client, wanted));
  return found ?? errors.holdLimit;
}

async function scanShard(calls: ShardCalls, client: Client, { slot, countMax }: Wanted) {
  const { shards, owners } = calls.routing;
  const shard = shards[owners[slot]!];
  if (shard === undefined) return errors.slotNotServed;
  // A scan may show a key twice.
  const found = new Map<string, Buffer>();
  let keptBytes = 0;
  let cursor = '0';
  do {
    const request = encodeCommand(['SCAN', cursor, 'COUNT', STEP_KEYS]);
    const reply = await calls.one(shard, { client, request, isWrite: false });
    if (reply === null) return errors.holdLimit;
    const step = decodeReply(reply);
    if (!Array.isArray(step)) return reply;
    const [next, names] = step as [string, (string | Uint8Array)[]];
    cursor = next;
    for (const name of names) {
      // A name that is no text comes as its bytes.
      const key = Buffer.from(name);
      const isWanted = keySlot(key, 0, key.length) === slot && !isReserved(key, 0, key.length);
      if (!isWanted) continue;
      found.set(key.toString('latin1'), key);
      keptBytes += key.length + KEPT_BYTES_EACH;
      client.gatheredBytes += key.length + KEPT_BYTES_EACH;
    }
  } while (cursor !== '0' && found.size < countMax && !client.isClosed);
  client.gatheredBytes -= keptBytes;
  return [...found.values()];
}

function isSlot(slot: number): boolean {
  return slot >= 0 && slot < SLOT_COUNT;
}

function integerOf(text: string): number {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : NaN;
}
