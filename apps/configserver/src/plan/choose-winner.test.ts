import { describe, expect, it } from 'vitest';
import { chooseWinner, parseStamp, type Candidate } from './choose-winner.ts';

function candidate(ordinal: number, stamp: [number, number] | null, keys = 1): Candidate {
  const found = { runId: `run${ordinal}`, epoch: 3, keys };
  const parsed = stamp && { epoch: stamp[0], seq: stamp[1] };
  return { ...found, stamp: parsed, node: `n${ordinal}`, ordinal };
}

describe('chooseWinner', () => {
  it.each<[string, Candidate[], string]>([
    ['the later epoch', [candidate(0, [2, 900]), candidate(1, [3, 1])], 'n1'],
    ['the higher number in one epoch', [candidate(0, [3, 9]), candidate(1, [3, 10])], 'n1'],
    ['the last primary among equals', [candidate(0, [3, 9]), candidate(1, [3, 9])], 'n1'],
    [
      'the lowest ordinal among equals without it',
      [candidate(2, [3, 9]), candidate(0, [3, 9])],
      'n0',
    ],
    ['a stamp over any number of keys', [candidate(0, [1, 1], 1), candidate(1, null, 99)], 'n0'],
    [
      'the last primary when nobody has anything',
      [candidate(0, null, 0), candidate(1, null, 0)],
      'n1',
    ],
    [
      'the last primary when only it has keys',
      [candidate(0, null, 0), candidate(1, null, 5)],
      'n1',
    ],
  ])('prefers %s', (_name, candidates, node) => {
    expect(chooseWinner(candidates, 'n1')).toMatchObject({ winner: { node } });
  });

  it('leaves it to a person when another holds keys and nobody a stamp', () => {
    expect(chooseWinner([candidate(0, null, 2), candidate(1, null, 5)], 'n1')).toEqual({
      because: 'no node has a stamp, and n0 holds 2 keys beside the last primary n1',
    });
  });
});

describe('parseStamp', () => {
  it.each([null, '', 'x', '{}', '{"epoch":0,"seq":1}', '[1,2]'])('reads %j as none', (text) => {
    expect(parseStamp(text)).toBeNull();
  });
  it('reads what the leader writes', () => {
    expect(parseStamp('{"epoch":3,"seq":17}')).toEqual({ epoch: 3, seq: 17 });
  });
});
