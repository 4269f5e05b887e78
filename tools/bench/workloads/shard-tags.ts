import { keySlot } from '@keyfleet/slots';
import { distributeSlots, slotsOf } from '@keyfleet/topology';

/** A hash tag for each of so many shards, by the way the platform gives slots to shards. */
export function shardTags(shards: number): string[] {
  return distributeSlots(shards).map((text) => {
    const ranges = slotsOf(text);
    for (let n = 0; ; n++) {
      const tag = Buffer.from(`t${n}`);
      const slot = keySlot(tag, 0, tag.length);
      if (ranges.some(({ start, end }) => slot >= start && slot <= end)) return tag.toString();
    }
  });
}
