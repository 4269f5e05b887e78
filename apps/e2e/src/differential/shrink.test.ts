import { describe, expect, it } from 'vitest';
import { shrink } from './shrink.ts';

const numbers = Array.from({ length: 100 }, (_, i) => i);
const shows =
  (...needed: number[]) =>
  (items: readonly number[]) =>
    Promise.resolve(needed.every((one) => items.includes(one)));

describe('shrink', () => {
  it('keeps what is needed, in its order', async () => {
    expect(await shrink(numbers, shows(3, 50, 98), 1_000)).toEqual([3, 50, 98]);
  });

  it('tries so often at most', async () => {
    let tries = 0;
    await shrink(numbers, () => Promise.resolve(++tries < 0), 7);
    expect(tries).toBe(7);
  });
});
