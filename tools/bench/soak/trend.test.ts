import { describe, expect, it } from 'vitest';
import { cyclesOf, trendOf, type Cycle } from './trend.ts';

const MB = 1024 * 1024;
const cycles = (...floors: number[]): Cycle[] =>
  floors.map((mb, n) => ({ seconds: n * 60, floorBytes: mb * MB, peakBytes: 2 * mb * MB }));

describe('cyclesOf', () => {
  it('has the least and the most of each', () => {
    const samples = [
      { seconds: 1, cycle: 0, bytes: 5 },
      { seconds: 2, cycle: 0, bytes: 9 },
      { seconds: 3, cycle: 1, bytes: 4 },
    ];
    expect(cyclesOf(samples)).toEqual([
      { seconds: 1, floorBytes: 5, peakBytes: 9 },
      { seconds: 3, floorBytes: 4, peakBytes: 4 },
    ]);
  });
});

describe('trendOf', () => {
  it.each([
    ['the same in every cycle', [100, 100, 100, 100, 100, 100, 100], true],
    ['less and less', [120, 118, 116, 114, 112, 110, 108], true],
    ['more at first, then the same', [60, 80, 100, 100, 101, 100, 101], true],
    ['the same but for one cycle', [100, 100, 100, 100, 100, 160, 100], true],
    ['a little more in every cycle', [100, 102, 104, 106, 108, 110, 112], false],
  ])('of %s', (_name, floors, isFlat) => {
    expect(trendOf(cycles(...floors))).toMatchObject({ isFlat });
  });

  it('says how much', () => {
    const trend = trendOf(cycles(99, 99, 99, 100, 101, 102, 103, 104, 105))!;
    expect(trend.bytesPerHour).toBeCloseTo(60 * MB);
    expect(trend.growth).toBeCloseTo(5 / 102.5);
  });

  it('does not judge a few cycles', () => {
    expect(trendOf(cycles(1, 2, 3, 4))).toBeNull();
  });
});
