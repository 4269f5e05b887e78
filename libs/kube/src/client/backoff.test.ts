import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

describe('backoffMs', () => {
  it.each([
    [1, 1000],
    [2, 2000],
    [6, 32_000],
    [7, 60_000],
    [5000, 60_000],
  ])('after %i failures is at most %i ms and at least half of it', (failures, wantMs) => {
    const backoff = { firstMs: 1000, maxMs: 60_000 };
    expect(backoffMs(failures, backoff, () => 0)).toBe(wantMs);
    expect(backoffMs(failures, backoff, () => 1)).toBe(wantMs / 2);
  });
});
