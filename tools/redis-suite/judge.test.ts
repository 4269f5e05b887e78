import { describe, expect, it } from 'vitest';
import { judge, type Run } from './judge.ts';
import type { UnitOutcome, Verdict } from './outcome.ts';
import type { Skip } from './skips.ts';

const outcome = (...tests: [string, Verdict][]): UnitOutcome => ({
  unit: 'unit/x',
  tests: tests.map(([name, verdict]) => ({ name, verdict, because: '' })),
  aborted: '',
});
const skip = (test: string): Skip => ({ modes: ['singledb'], unit: 'unit/x', test, reason: 'r' });
const baseline = outcome(
  ['GET', 'passed'],
  ['SET', 'passed'],
  ['SET', 'passed'],
  ['DEL', 'failed'],
  ['BIG', 'ignored'],
);
const judged = (run: Partial<Run>) =>
  judge({ mode: 'singledb', baseline, proxy: baseline, unskipped: null, skips: [], ...run });

describe('judge', () => {
  it('asks only for what a plain server passes', () => {
    expect(judged({})).toMatchObject({
      wanted: 3,
      passed: 3,
      skipped: 0,
      failures: [],
      needless: [],
    });
  });

  it.each<[string, UnitOutcome, object]>([
    [
      'fails',
      outcome(['GET', 'failed'], ['SET', 'passed'], ['SET', 'passed']),
      { test: 'GET', verdict: 'failed' },
    ],
    [
      'fails once of several times',
      outcome(['GET', 'passed'], ['SET', 'passed'], ['SET', 'failed']),
      { test: 'SET', verdict: 'failed' },
    ],
    [
      'is not reached',
      outcome(['GET', 'passed'], ['SET', 'passed']),
      { test: 'SET', verdict: 'not run' },
    ],
    [
      'hangs',
      outcome(['SET', 'passed'], ['SET', 'passed'], ['GET', 'hung']),
      { test: 'GET', verdict: 'hung' },
    ],
  ])('tells what %s', (_name, proxy, failure) => {
    expect(judged({ proxy })).toMatchObject({ passed: 2, failures: [failure] });
  });

  it('counts skips, and tells which are not needed', () => {
    const skips = ['GET', 'SET', 'DEL'].map(skip);
    const proxy = outcome(['GET', 'skipped'], ['SET', 'skipped'], ['SET', 'skipped']);
    const unskipped = outcome(['GET', 'passed'], ['SET', 'passed'], ['SET', 'failed']);
    expect(judged({ proxy, unskipped, skips })).toMatchObject({
      passed: 0,
      skipped: 3,
      failures: [],
      needless: ['GET', 'DEL'],
    });
  });

  it('does not pass when the baseline came to no end: it asks for too little', () => {
    const cut = { ...baseline, aborted: 'no port' };
    expect(judged({ baseline: cut }).aborted).toBe('on a plain server: no port');
  });
});
