/** Holds what came out against what a plain server does, and against the skips. Pure. */
import type { TestOutcome, UnitOutcome, Verdict } from './outcome.ts';
import type { Skip } from './skips.ts';
import type { Mode } from './units.ts';

export type Judgement = {
  readonly mode: Mode;
  readonly unit: string;
  /** Tests that pass on a plain server: what can be asked of the proxy. */
  readonly wanted: number;
  readonly passed: number;
  readonly skipped: number;
  /** Pass on a plain server and not here, and no skip says why. */
  readonly failures: readonly Failure[];
  /** Skips of tests that pass. */
  readonly needless: readonly string[];
  readonly aborted: string;
};

export type Failure = {
  readonly test: string;
  readonly verdict: Verdict | 'not run';
  readonly because: string;
};

export type Run = {
  readonly mode: Mode;
  readonly baseline: UnitOutcome;
  /** With the tests of the skip file left out. */
  readonly proxy: UnitOutcome;
  /** With nothing left out; null: nothing is to be left out, or it was not tried. */
  readonly unskipped: UnitOutcome | null;
  readonly skips: readonly Skip[];
};

export function judge({ mode, baseline, proxy, unskipped, skips }: Run): Judgement {
  const wanted = [...byName(baseline.tests)].filter(([, tests]) => tests.every(isPassed));
  const found = byName(proxy.tests);
  const skipped = new Set(skips.map(({ test }) => test));
  const judged = wanted.map(([name, { length }]) => {
    const tests = found.get(name) ?? [];
    const passed = tests.filter(isPassed).length;
    return {
      name,
      length,
      passed,
      failure: skipped.has(name) ? null : failureOf(name, tests, length),
    };
  });
  return {
    mode,
    unit: proxy.unit,
    wanted: sum(judged.map(({ length }) => length)),
    passed: sum(judged.map(({ passed }) => passed)),
    skipped: sum(judged.filter(({ name }) => skipped.has(name)).map(({ length }) => length)),
    failures: judged.flatMap(({ failure }) => failure ?? []),
    needless: needlessOf(
      unskipped,
      wanted.map(([name]) => name),
      skips,
    ),
    aborted: abortedOf(baseline, proxy),
  };
}

/** A baseline of half a unit would ask for too little. */
function abortedOf(baseline: UnitOutcome, proxy: UnitOutcome): string {
  return baseline.aborted === '' ? proxy.aborted : `on a plain server: ${baseline.aborted}`;
}

function failureOf(test: string, tests: readonly TestOutcome[], wanted: number): Failure | null {
  const bad = tests.find((one) => !isPassed(one));
  if (bad) return { test, verdict: bad.verdict, because: bad.because };
  if (tests.length >= wanted) return null;
  return { test, verdict: 'not run', because: 'what stands before it failed' };
}

/** One that a plain server does not pass, or does not know, need not be skipped either. */
function needlessOf(
  unskipped: UnitOutcome | null,
  wanted: readonly string[],
  skips: readonly Skip[],
): string[] {
  const found = byName(unskipped?.tests ?? []);
  return skips
    .map(({ test }) => test)
    .filter((test) => {
      const tests = found.get(test) ?? [];
      return !wanted.includes(test) || (tests.length > 0 && tests.every(isPassed));
    });
}

function byName(tests: readonly TestOutcome[]): Map<string, TestOutcome[]> {
  return Map.groupBy(tests, ({ name }) => name);
}

function isPassed({ verdict }: TestOutcome): boolean {
  return verdict === 'passed';
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
