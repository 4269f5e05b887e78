import { describe, expect, it } from 'vitest';
import { suitesOf } from '../suites.ts';
import { UsageError } from './flags.ts';
import { readOptions } from './options.ts';

const defaults = { root: '/keyfleet', out: 'docs/proxy', suitesOf };
const read = (...argv: string[]) => readOptions(argv, defaults);
const candidates = (...argv: string[]) =>
  read(...argv).suites.flatMap((suite) => suite.candidates.map(({ name }) => name));

describe('readOptions', () => {
  it('writes the report of a whole run alone, unless it is told where', () => {
    expect(read().out).toBe('docs/proxy');
    expect(read('--quick').out).toBeNull();
    expect(read('--only', 'Envoy').out).toBeNull();
    expect(read('--rounds', '4').out).toBeNull();
    expect(read('--requests', '99999').out).toBeNull();
    expect(read('--rounds', '7', '--requests', '200000').out).toBe('docs/proxy');
    expect(read('--quick', '--out', 'here').out).toBe('here');
  });

  it('lets a quick run be longer on request', () => {
    expect(read('--quick')).toMatchObject({ rounds: 1, requests: 2000 });
    expect(read('--quick', '--rounds', '3')).toMatchObject({ rounds: 3, requests: 2000 });
  });

  it('leaves what must be fetched out of a quick run', () => {
    expect(candidates()).toContain('Envoy');
    expect(candidates('--quick')).not.toContain('Envoy');
    expect(candidates('--quick')).toContain('direct');
  });

  it('adds candidates on request', () => {
    expect(candidates()).not.toContain('keyfleet beside');
    expect(candidates('--beside', '../other')).toContain('keyfleet beside');
  });

  it.each([
    [
      'a workload that the candidate does not run',
      '--only',
      'twemproxy,MSET 10 keys on 1 of 10 shards',
    ],
    ['a candidate that a quick run leaves out', '--only', 'Envoy', '--quick'],
  ])('refuses %s', (_what, ...argv) => {
    expect(() => read(...argv)).toThrow('--only leaves nothing to measure');
  });

  it('shows every mistake at once', () => {
    const argv = ['--rounds', '0', '--requests', 'many', '--only', 'GTE'];
    const start = () => read(...argv, '--fast');
    expect(start).toThrow(UsageError);
    expect(start).toThrow(
      /4 options are wrong\n[^]*--fast[^]*--rounds[^]*--requests[^]*"GTE", want any of keyfleet, /,
    );
  });
});
