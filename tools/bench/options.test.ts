import { describe, expect, it } from 'vitest';
import { pick, readOptions, UsageError } from './options.ts';

const read = (...argv: string[]) => readOptions(argv, 'docs/first');
const named = (...names: string[]) => names.map((name) => ({ name }));

describe('readOptions', () => {
  it('writes the report of a whole run alone, unless it is told where', () => {
    expect(read().out).toBe('docs/first');
    expect(read('--quick').out).toBeNull();
    expect(read('--only', 'Envoy').out).toBeNull();
    expect(read('--quick', '--out', 'here').out).toBe('here');
  });

  it('lets a quick run be longer on request', () => {
    expect(read('--quick')).toMatchObject({ rounds: 1, requests: 2000 });
    expect(read('--quick', '--rounds', '3')).toMatchObject({ rounds: 3, requests: 2000 });
  });

  it.each([['--rounds', '0'], ['--requests', 'many'], ['--fast'], ['here']])(
    'refuses %s %s',
    (...argv) => {
      expect(() => read(...argv.filter((word) => word !== undefined))).toThrow(UsageError);
    },
  );
});

describe('pick', () => {
  const pickNames = (...only: string[]) => {
    const { candidates, workloads } = pick(only, named('ours', 'Envoy'), named('GET', 'SET'));
    return [candidates.map(({ name }) => name), workloads.map(({ name }) => name)];
  };

  it.each([
    [
      'nothing named: all',
      [],
      [
        ['ours', 'Envoy'],
        ['GET', 'SET'],
      ],
    ],
    ['a candidate: all its workloads', ['ours'], [['ours'], ['GET', 'SET']]],
    ['a workload: all its candidates', ['SET'], [['ours', 'Envoy'], ['SET']]],
    ['both', ['SET', 'Envoy'], [['Envoy'], ['SET']]],
  ])('%s', (_name, only, want) => expect(pickNames(...only)).toEqual(want));

  it('refuses a name that it does not know, and says which there are', () => {
    expect(() => pickNames('GTE')).toThrow(/"GTE", want any of ours, Envoy, GET, SET/);
  });
});
