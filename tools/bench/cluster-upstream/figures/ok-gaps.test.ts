import { describe, expect, it } from 'vitest';
import { OkGaps } from './ok-gaps.ts';

describe('OkGaps', () => {
  it.each([
    ['between two', [110, 120, 180, 190, 200], { ms: 60, afterMs: 20, isOpen: false }],
    ['at the beginning', [170, 180, 190], { ms: 70, afterMs: 0, isOpen: false }],
    ['at the end', [110, 120], { ms: 80, afterMs: 20, isOpen: true }],
    ['of all the time', [], { ms: 100, afterMs: 0, isOpen: true }],
    ['the first of equals', [150, 200], { ms: 50, afterMs: 0, isOpen: false }],
  ])('finds the longest: %s', (_name, oks, gap) => {
    const gaps = new OkGaps(100);
    for (const ms of oks) gaps.ok(ms);
    expect(gaps.longest(200)).toEqual(gap);
  });
});
