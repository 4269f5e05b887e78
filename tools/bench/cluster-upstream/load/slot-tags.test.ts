import { keySlot } from '@keyfleet/slots';
import { describe, expect, it } from 'vitest';
import { slotTags } from './slot-tags.ts';

describe('slotTags', () => {
  it('finds tags of the slots, each once', () => {
    const tags = slotTags('0-99,16000-16383', 20);
    const slots = tags.map((tag) => keySlot(Buffer.from(tag), 0, tag.length));
    expect(new Set(tags).size).toBe(20);
    for (const slot of slots) expect(slot < 100 || slot >= 16_000).toBe(true);
    expect(Math.min(...slots)).toBeLessThan(Math.max(...slots));
  });
});
