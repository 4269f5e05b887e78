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
  const listening = (failures: number) => ({ isListening: true, failures });
  const away = (failures: number) => ({ isListening: false, failures });
  it.each([
    ['when none takes clients and none stays', [away(3), away(9)], true],
    ['not while one takes clients', [away(3), listening(3)], false],
    ['not before each was tried often', [away(3), away(2)], false],
  ])('%s', (_name, workers, want) => expect(isHopeless(workers)).toBe(want));
});
