import { describe, expect, it } from 'vitest';
import { namesOf, pick } from './pick.ts';

const named = (...names: string[]) => names.map((name) => ({ name }));
const suites = [
  { candidates: named('ours', 'Envoy'), workloads: named('GET', 'SET') },
  { candidates: named('ours 10 shards', 'Envoy'), workloads: named('MSET') },
];
type Names = [string[], string[]];
const whole: Names[] = [
  [
    ['ours', 'Envoy'],
    ['GET', 'SET'],
  ],
  [['ours 10 shards', 'Envoy'], ['MSET']],
];

describe('pick', () => {
  it.each<[string, string[], Names[]]>([
    ['nothing named: all', [], whole],
    ['a candidate: all its workloads', ['ours'], [[['ours'], ['GET', 'SET']]]],
    ['a workload: all its candidates', ['SET'], [[['ours', 'Envoy'], ['SET']]]],
    ['both', ['SET', 'Envoy'], [[['Envoy'], ['SET']]]],
    [
      'a candidate of two suites',
      ['Envoy'],
      [
        [['Envoy'], ['GET', 'SET']],
        [['Envoy'], ['MSET']],
      ],
    ],
  ])('%s', (_name, only, want) => {
    const picked = pick(only, suites).map(({ candidates, workloads }) =>
      [candidates, workloads].map((items) => items.map(({ name }) => name)),
    );
    expect(picked).toEqual(want);
  });
});

it('namesOf() has each name once', () => {
  expect(namesOf(suites)).toEqual(['ours', 'Envoy', 'ours 10 shards', 'GET', 'SET', 'MSET']);
});
