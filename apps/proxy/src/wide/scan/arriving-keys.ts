/** For a scan that is done with a shard: keys that went from there to their next shard, ahead of their slot. */
import { decodeReply, encodeCommand, type Reply } from '@keyfleet/resp';
import type { Client } from '../../downstream/client.ts';
import { globMatch } from '../../pubsub/glob-match.ts';
import { toName } from '../../pubsub/name.ts';
import { isReserved } from '../../route/reserved-key.ts';
import { keptStrings, type Strings } from '../bulk-list.ts';
import { isError } from '../failure.ts';
import type { Arriving } from '../moving-keys.ts';
import type { ShardCalls } from '../shard-calls.ts';
import { scanOption } from './scan-option.ts';

/** Of one slot: more than there is of any. */
const ALL = String(2 ** 31 - 1);

export type KeysWanted = {
  readonly client: Client;
  readonly options: readonly Uint8Array[];
  /** Of all keys that are wanted; null: any. */
  readonly slot: number | null;
};

export async function arrivingKeys(
  calls: ShardCalls,
  wanted: KeysWanted,
  arriving: readonly Arriving[],
): Promise<Strings> {
  const lists = await Promise.all(
    arriving
      .filter(({ slot }) => slot === (wanted.slot ?? slot))
      .map((place) => keysAt(calls, wanted, place)),
  );
  return {
    parts: lists.flatMap(({ parts }) => parts),
    count: lists.reduce((sum, { count }) => sum + count, 0),
  };
}

async function keysAt(
  calls: ShardCalls,
  { client, options }: KeysWanted,
  { shard, slot }: Arriving,
): Promise<Strings> {
  const request = encodeCommand(['CLUSTER', 'GETKEYSINSLOT', String(slot), ALL]);
  const reply = await calls.one(shard, { client, request, isWrite: false });
  // It says so by itself if it is not asked any more.
  if (reply === null || isError(reply)) return { parts: [], count: 0 };
  const match = scanOption(options, 'match');
  const pattern = match === undefined ? null : toName(match);
  const type = scanOption(options, 'type');
  const types = type === undefined ? null : await typesOf(calls, client, { slot, reply });
  return keptStrings(reply, 0, (bytes, start, end) => {
    if (isReserved(bytes, start, end)) return false;
    const name = toName(bytes.subarray(start, end));
    const isOfType = types === null || types.get(name) === toName(type!).toLowerCase();
    return isOfType && (pattern === null || globMatch(pattern, name));
  });
}

/** By key. */
async function typesOf(
  calls: ShardCalls,
  client: Client,
  { slot, reply }: { slot: number; reply: Uint8Array },
): Promise<ReadonlyMap<string, string>> {
  const keys = (decodeReply(reply) as Reply[]).map((key) =>
    Buffer.from(key as string | Uint8Array),
  );
  const types = keys.map(async (key): Promise<[string, string]> => {
    const request = encodeCommand(['TYPE', key]);
    const answer = await calls.one(slot, { client, request, isWrite: false });
    const type = answer === null || isError(answer) ? '' : Buffer.from(answer).toString();
    return [toName(key), type.slice(1).trimEnd()];
  });
  return new Map(await Promise.all(types));
}
