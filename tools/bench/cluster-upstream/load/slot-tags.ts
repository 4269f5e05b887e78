import { keySlot } from '@keyfleet/slots';
import { slotsOf } from '@keyfleet/topology';

/** So many hash tags of these slots (as in "0-5460"), anywhere in them. */
export function slotTags(slots: string, count: number): string[] {
  const ranges = slotsOf(slots);
  const tags: string[] = [];
  for (let n = 0; tags.length < count; n++) {
    const tag = Buffer.from(`t${n}`);
    const slot = keySlot(tag, 0, tag.length);
    if (ranges.some(({ start, end }) => slot >= start && slot <= end)) tags.push(tag.toString());
  }
  return tags;
}
