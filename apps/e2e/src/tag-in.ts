import { keySlot } from '@keyfleet/slots';
import type { ClusterStatus } from '@keyfleet/api';

/** A number that as hash tag gives keys of this shard, which has one range of slots. */
export function tagIn({ slots }: ClusterStatus['shards'][number]): string {
  const [first, last] = slots.split('-').map(Number) as [number, number];
  for (let i = 0; ; i++) {
    const tag = Buffer.from(String(i));
    const slot = keySlot(tag, 0, tag.length);
    if (slot >= first && slot <= last) return String(i);
  }
}
