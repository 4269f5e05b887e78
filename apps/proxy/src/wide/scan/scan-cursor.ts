/**
 * The cursor of SCAN over all shards: an integer that a client keeps, whichever proxy it asks next. Below 2^63, for some
 * clients read it as a signed number; small where servers are small, for some read it as a double.
 *
 *      62                     26 25                  10 9          0
 *     [ cursor of the server    | map of the keyspace  | shard      ]
 *
 * The map (keyspace-map.ts) says what the other two mean: the position of the shard in it, and the life of the server. It
 * is never 0, so no cursor but the last one is. A server's cursor is less than the number of its buckets: 2^37 of them are
 * more than fit the memory of a machine. Newer servers in cluster mode have 14 bits of it for the slot: 2^23 buckets of one
 * slot are left. A cursor that does not fit is an error to the client, not a wrong one.
 */
const SHARD_BITS = 10n;
const MAP_BITS = 16n;
const NODE_SHIFT = SHARD_BITS + MAP_BITS;

export const MAP_NAMES = 2 ** Number(MAP_BITS);
export const NODE_CURSORS = 2n ** (63n - NODE_SHIFT);

export type ScanCursor = {
  /** Of the map: 1 … MAP_NAMES - 1. */
  readonly map: number;
  /** Its position in the map: 0 … 1023. */
  readonly shard: number;
  /** Less than NODE_CURSORS. */
  readonly node: bigint;
};

export function encodeCursor({ map, shard, node }: ScanCursor): bigint {
  return (node << NODE_SHIFT) | (BigInt(map) << SHARD_BITS) | BigInt(shard);
}

/** Any number below 2^64 is some cursor; of one that is not ours nobody knows the map. */
export function decodeCursor(cursor: bigint): ScanCursor {
  return {
    map: Number(BigInt.asUintN(Number(MAP_BITS), cursor >> SHARD_BITS)),
    shard: Number(BigInt.asUintN(Number(SHARD_BITS), cursor)),
    node: cursor >> NODE_SHIFT,
  };
}

/** db.c `parseScanCursorOrReply`; null: it is none. */
export function parseCursor(text: string): bigint | null {
  if (!/^\d{1,20}$/.test(text)) return null;
  const cursor = BigInt(text);
  return cursor < 2n ** 64n ? cursor : null;
}
