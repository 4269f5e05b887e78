import { SLOT_COUNT } from '@keyfleet/slots';

/** Slot ranges of a new cluster, one per shard, sizes differing by at most one. Throws RangeError outside 1–1024 shards. */
export function distributeSlots(shardCount: number): string[] {
  if (!Number.isInteger(shardCount) || shardCount < 1 || shardCount > 1024) {
    throw new RangeError(
      `Cannot distribute slots: ${shardCount} shards, want an integer from 1 to 1024`,
    );
  }
  return Array.from({ length: shardCount }, (_, index) => {
    const start = Math.floor((index * SLOT_COUNT) / shardCount);
    const end = Math.floor(((index + 1) * SLOT_COUNT) / shardCount) - 1;
    return `${start}-${end}`;
  });
}
