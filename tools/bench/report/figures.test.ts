import { describe, expect, it } from 'vitest';
import { differenceOf, figureOf, ratioOf, spread, type Sample } from './figures.ts';

const cell = { workload: 'GET P1', candidate: 'ours' };

function sample(of: Partial<Sample>): Sample {
  const cpu = { proxyCpuMicros: 1, serversCpuMicros: 1, syscalls: 1 };
  const load = { requestsPerSecond: 1, p50Ms: 1, p99Ms: 1, p999Ms: 1 };
  return { ...cell, ...cpu, ...load, round: 0, residentMb: 1, residentPeakMb: 1, ...of };
}

describe('spread', () => {
  it.each([
    ['one value', [3], { median: 3, min: 3, max: 3 }],
    ['an odd count: the middle one', [9, 1, 4], { median: 4, min: 1, max: 9 }],
    ['an even count: between the middle two', [1, 10, 2, 4], { median: 3, min: 1, max: 10 }],
    ['numbers, not texts', [10, 9, 100], { median: 10, min: 9, max: 100 }],
  ])('of %s', (_name, values, want) => expect(spread(values)).toEqual(want));

  it('refuses no values', () => {
    expect(() => spread([])).toThrow(RangeError);
  });
});

describe('figureOf', () => {
  it('takes the samples of its cell alone', () => {
    const samples = [
      sample({ p50Ms: 2 }),
      sample({ p50Ms: 50, workload: 'SET P1' }),
      sample({ p50Ms: 60, candidate: 'Envoy' }),
      sample({ p50Ms: 4, round: 1 }),
    ];
    expect(figureOf(samples, cell, 'p50Ms')).toEqual({ median: 3, min: 2, max: 4 });
  });

  it('is null where nothing was measured', () => {
    const samples = [sample({ proxyCpuMicros: null })];
    expect(figureOf(samples, cell, 'proxyCpuMicros')).toBeNull();
    expect(figureOf([], cell, 'p50Ms')).toBeNull();
  });
});

describe('ratioOf', () => {
  const to = { figure: 'proxyCpuMicros', baseline: 'Envoy' } as const;
  const pair = (round: number, ours: number, theirs: number | null) => [
    sample({ round, proxyCpuMicros: ours }),
    sample({ round, proxyCpuMicros: theirs, candidate: 'Envoy' }),
  ];

  it('compares within each round: a round that was slow for both changes nothing', () => {
    const samples = [...pair(0, 6, 8), ...pair(1, 60, 80), ...pair(2, 9, 12)];
    expect(ratioOf(samples, cell, to)).toEqual({ median: 0.75, min: 0.75, max: 0.75 });
  });

  it('leaves out rounds in which the baseline has no figure, or zero', () => {
    const samples = [...pair(0, 6, null), ...pair(1, 5, 10), ...pair(2, 6, 0)];
    expect(ratioOf(samples, cell, to)).toEqual({ median: 0.5, min: 0.5, max: 0.5 });
  });

  it('is null without a baseline', () => {
    expect(ratioOf([sample({})], cell, to)).toBeNull();
  });
});

describe('differenceOf', () => {
  it('compares within each round', () => {
    const samples = [2, 50].flatMap((theirs, round) => [
      sample({ round, p50Ms: theirs + 0.5 }),
      sample({ round, p50Ms: theirs, candidate: 'direct' }),
    ]);
    const to = { figure: 'p50Ms', baseline: 'direct' } as const;
    expect(differenceOf(samples, cell, to)).toEqual({ median: 0.5, min: 0.5, max: 0.5 });
    expect(differenceOf(samples, cell, { ...to, baseline: 'Envoy' })).toBeNull();
  });
});
