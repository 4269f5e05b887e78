import { parseSlots, SLOT_COUNT } from '@keyfleet/slots';
import type { Topology } from './topology.ts';

/** Index into `topology.shards` by slot; -1 where nobody owns the slot. */
export function slotOwners(topology: Topology): Int16Array {
  const owners = new Int16Array(SLOT_COUNT).fill(-1);
  topology.shards.forEach((shard, index) => {
    for (const range of slotsOf(shard.slots)) owners.fill(index, range.start, range.end + 1);
  });
  return owners;
}

/** The empty text is the empty set: a shard that joins or drains owns nothing. */
export function slotsOf(text: string): { start: number; end: number }[] {
  return text === '' ? [] : parseSlots(text);
}
