import { describe, expect, it } from 'vitest';
import { isHopeless, restartDelayMs } from './restart-policy.ts';

it.each([
  [1, 0],
  [2, 100],
  [3, 200],
  [7, 3200],
  [8, 5000],
  [10_000, 5000],
])('the start after %i deaths in a row waits %i ms', (failures, delayMs) => {
  expect(restartDelayMs(failures)).toBe(delayMs);
});

describe('workers are given up', () => {
  const alive = (failures: number) => ({ isAlive: true, failures });
  const dead = (failures: number) => ({ isAlive: false, failures });
  it.each([
    ['when none is left and none stays', [dead(3), dead(9)], true],
    ['not while one lives', [dead(3), alive(3)], false],
    ['not before each was tried often', [dead(3), dead(2)], false],
  ])('%s', (_name, workers, want) => expect(isHopeless(workers)).toBe(want));
});
