import { expect, it } from 'vitest';
import type { Judgement } from './judge.ts';
import { markdownReport } from './report.ts';

const judgement: Judgement = {
  mode: 'singledb',
  unit: 'unit/x',
  wanted: 30_000,
  passed: 29_997,
  skipped: 1,
  failures: [
    { test: 'GET | SET', verdict: 'failed', because: "Expected 'a'\nnot" },
    { test: 'DEL', verdict: 'not run', because: '' },
  ],
  needless: ['TTL'],
  aborted: '',
};

it('the report says what passed, never rounded up to all, and what did not', () => {
  const report = markdownReport({
    date: '2026-11-22',
    commit: 'abc',
    machine: 'one',
    command: 'npm run redis-suite',
    version: '7.0',
    judgements: [judgement],
    skips: [{ modes: ['singledb'], unit: 'unit/x', test: 'TTL', reason: 'time' }],
  });
  for (const line of [
    '| singledb | 30000 | 29997 | 1 | 2 | 99.99 |',
    "- failed: `GET \\| SET`: `Expected 'a' not`",
    '- not run, since something before failed: 1',
    '- skipped, but passes: `TTL`',
    '| unit/x | singledb | `TTL` | time |',
  ])
    expect(report.split('\n')).toContain(line);
});
