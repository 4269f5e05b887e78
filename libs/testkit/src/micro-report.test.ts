import { describe, expect, it } from 'vitest';
import { brokenBounds, microReport, type MicroResult } from './micro-report.ts';

const run = (): number => 1;

/** Each round is what ours takes; the baseline takes 100 ns. */
function result(name: string, ratioMax: number, ...oursNs: number[]): MicroResult {
  return {
    of: { name, ours: run, baseline: run, ratioMax },
    rounds: oursNs.map((ns) => ({ oursNs: ns, baselineNs: 100 })),
  };
}

describe('microReport', () => {
  it('shows medians, and the ratio with its spread', () => {
    const bench = { title: 'A thing', about: 'What.', unit: 'key', baseline: 'other', cases: [] };
    expect(microReport(bench, [result('long keys', 2, 300, 50, 90)])).toBe(
      [
        '## A thing',
        '',
        'What.',
        '',
        '| ns per key | ours | other | ratio | at most |',
        '| --- | --: | --: | --: | --: |',
        '| long keys | 90.0 | 100 | 0.90 (0.50–3.00) | 2 |',
      ].join('\n'),
    );
  });
});

describe('brokenBounds', () => {
  it('goes by the median: one slow round breaks none', () => {
    expect(brokenBounds([result('x', 1, 90, 500, 95)])).toEqual([]);
  });

  it('takes the bound itself for kept', () => {
    expect(brokenBounds([result('x', 1, 100)])).toEqual([]);
  });

  it('names each that is broken', () => {
    const results = [result('x', 1, 90), result('y', 1.5, 160, 151, 155), result('z', 2, 300)];
    expect(brokenBounds(results)).toEqual([
      'y: 1.55 times its baseline, want at most 1.5',
      'z: 3.00 times its baseline, want at most 2',
    ]);
  });
});
