import { describe, expect, it } from 'vitest';
import { ALL_SLOTS, RecentSlots } from './recent-slots.ts';

function noted(...slots: number[]): RecentSlots {
  const recent = new RecentSlots();
  slots.forEach((slot, token) => recent.note(slot, token));
  return recent;
}

describe('recent slots', () => {
  it('are those of requests that are not answered', () => {
    const recent = noted(7, 8);
    recent.settle(1, 0, 0);
    expect([recent.has(7), recent.has(8), recent.isUnsettled]).toEqual([false, true, true]);
  });

  it('stay for a while behind the reply', () => {
    const recent = noted(7);
    recent.settle(1, 100, 150);
    recent.settle(1, 149, 999);
    expect(recent.has(7)).toBe(true);
    recent.settle(1, 150, 999);
    expect([recent.has(7), recent.isEmpty]).toEqual([false, true]);
  });

  it('are all slots for a request that concerns all', () => {
    expect(noted(ALL_SLOTS).has(16_383)).toBe(true);
  });

  it('are known by the newest request of a slot that is named again and again', () => {
    const recent = noted(7, 7, 7);
    recent.settle(2, 0, 0);
    expect(recent.has(7)).toBe(true);
    recent.settle(3, 0, 0);
    expect(recent.has(7)).toBe(false);
  });

  it('outlive the wrap of the places', () => {
    const recent = new RecentSlots();
    recent.note(7, 0x7fff_ffff);
    recent.note(8, -0x8000_0000);
    recent.settle(-0x8000_0000, 0, 0);
    expect([recent.has(7), recent.has(8)]).toEqual([false, true]);
  });

  it('are all slots when there are too many, and none when these are answered', () => {
    const recent = noted(...Array.from({ length: 5000 }, (_, slot) => slot));
    expect(recent.has(16_000)).toBe(true);
    recent.settle(5000, 0, 0);
    expect(recent.isEmpty).toBe(true);
  });
});
