import { describe, expect, it } from 'vitest';
import { markdownReport, type DifferentialRun } from './report.ts';

const run: DifferentialRun = {
  date: '2026-11-22',
  commit: 'abc1234',
  machine: '2 × CPU',
  command: 'npm run differential -- --seed 7',
  seed: 7,
  version: '7.0.15',
  compared: 12,
  lanes: { 'RESP2, one by one': 12 },
  differences: {},
  commands: [
    { name: 'client|caching', sent: 3, succeeded: 0 },
    { name: 'evalsha', sent: 6, succeeded: 1 },
    { name: 'get', sent: 3, succeeded: 2 },
  ],
  neverSent: ['pfdebug'],
  replies: { exact: 12 },
  rules: [{ rule: 'shape', because: 'tells the time', names: 'time lastsave' }],
  exceptions: [],
};

describe('the report', () => {
  it('says how much was compared, and how much of it did something', () => {
    const text = markdownReport(run);
    expect(text).toContain('**12 commands compared, 0 differences.** 25.0 % of the replies');
    expect(text).toContain('| `shape` | tells the time | `time`, `lastsave` |');
    expect(text).toContain('- never sent: `pfdebug`');
    expect(text).toContain('- answered with errors only: `client\\|caching`');
    expect(text).toContain('- with errors in more than 80 %: `evalsha`');
    expect(text).not.toContain('## Differences');
  });

  it('names each kind of difference', () => {
    const text = markdownReport({ ...run, differences: { 'get $ -ERR a|b': 2 } });
    expect(text).toContain('12 commands compared, 2 differences');
    expect(text).toContain('| 2 | `get $ -ERR a\\|b` |');
  });
});
