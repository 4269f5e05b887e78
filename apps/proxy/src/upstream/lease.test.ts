import { expect, it } from 'vitest';
import { isWallAhead } from './lease.ts';

const lease = { validUntilMs: Infinity, generation: 0, wallAheadMaxMs: 1030 };

/** Clocks of which the wall is `aheadMs` ahead, and an interruption of so many ms before each reading. */
function clocks(aheadMs: number, ...interruptionsMs: number[]) {
  let nowMs = 5000;
  const pass = () => (nowMs += interruptionsMs.shift() ?? 0);
  return { monotonicMs: () => pass(), wallMs: () => pass() + aheadMs };
}

it.each([
  ['is where it was', clocks(1000), false],
  ['was ahead by less than the lease allows', clocks(1030), false],
  ['jumped: the machine slept', clocks(1031), true],
  ['is where it was, and its reading was interrupted', clocks(1000, 0, 40), false],
  ['is where it was, and both readings were interrupted', clocks(1000, 0, 40, 40, 40), false],
  ['jumped, and the reading was interrupted as well', clocks(2000, 0, 40, 40, 40), true],
])('the wall clock %s', (_name, clock, want) => {
  const nowMs = clock.monotonicMs();
  expect(isWallAhead(lease, clock, nowMs)).toBe(want);
});
