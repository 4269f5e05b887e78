import { describe, expect, it } from 'vitest';
import { bench } from './bench.ts';
import { readOptions } from './options/options.ts';
import { suitesOf } from './suites.ts';

const root = new URL('../..', import.meta.url).pathname;

describe('bench', () => {
  it('measures the proxy and a server alone, in every round', async () => {
    const only = 'keyfleet,direct,MSET 10 keys P1,SET and GET 1:10';
    const argv = ['--quick', '--rounds', '2', '--requests', '200', '--only', only];
    const options = readOptions(argv, { root, out: '', suitesOf });
    const { signal } = new AbortController();
    const { samples, absent } = await bench(options, { signal, onProgress: () => undefined });
    expect(absent).toEqual({});
    expect(samples.map(({ round, candidate, workload }) => `${round} ${workload}: ${candidate}`))
      .toEqual([
        '0 MSET 10 keys P1: keyfleet',
        '0 MSET 10 keys P1: direct',
        '0 SET and GET 1:10: keyfleet',
        '0 SET and GET 1:10: direct',
        '1 MSET 10 keys P1: direct',
        '1 MSET 10 keys P1: keyfleet',
        '1 SET and GET 1:10: direct',
        '1 SET and GET 1:10: keyfleet',
      ]); // prettier-ignore
    for (const sample of samples) expect(sample.requestsPerSecond).toBeGreaterThan(0);
  });
});
