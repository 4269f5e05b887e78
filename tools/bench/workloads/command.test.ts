import { describe, expect, it } from 'vitest';
import { commandOf, inClusterMode } from './command.ts';
import type { Part } from './workloads.ts';

const data = { prefix: 'k:', count: 10, valueBytes: 3 };
const part = (of: Partial<Part>): Part => {
  return { verb: 'GET', data, keys: 1, tags: [], connections: 1, share: 1, ...of };
};

describe('commandOf', () => {
  it.each([
    ['one key', part({}), 'GET k:__rand_int__', null],
    ['a value, which goes to standard input', part({ verb: 'SET' }), 'SET k:__rand_int__', 'xxx'],
    ['keys', part({ verb: 'MGET', keys: 2 }), 'MGET k:__rand_int__ k:__rand_int__', null],
    [
      'keys and values',
      part({ verb: 'MSET', keys: 2 }),
      'MSET k:__rand_int__ xxx k:__rand_int__ xxx',
      null,
    ],
    [
      'hash tags in turn',
      part({ verb: 'MGET', keys: 3, tags: ['a', 'b'] }),
      'MGET {a}k:__rand_int__ {b}k:__rand_int__ {a}k:__rand_int__',
      null,
    ],
  ])('has %s', (_name, of, args, input) => {
    expect(commandOf(of)).toEqual({ args: args.split(' '), input });
  });
});

it('inClusterMode() leaves a place for the hash tag', () => {
  expect(inClusterMode(commandOf(part({}))).args).toEqual(['GET', 'k:{tag}__rand_int__']);
});
