import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inParallel } from './in-parallel.ts';

describe('inParallel()', () => {
  it('does everything, never more than the limit at once', async () => {
    const done: number[] = [];
    let running = 0;
    let most = 0;
    await inParallel(3, [1, 2, 3, 4, 5, 6, 7], async (item) => {
      most = Math.max(most, ++running);
      await setImmediate();
      running--;
      done.push(item);
    });
    expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  it('throws what failed only when nothing runs any more', async () => {
    const done: number[] = [];
    const work = inParallel(2, [1, 2, 3], async (item) => {
      if (item === 1) throw new Error('no');
      await setImmediate();
      done.push(item);
    });
    await expect(work).rejects.toThrow('no');
    expect(done).toEqual([2, 3]);
  });
});
