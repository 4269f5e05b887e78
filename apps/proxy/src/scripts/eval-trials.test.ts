import { encodeCommand, RequestFramer } from '@keyfleet/resp';
import { describe, expect, it } from 'vitest';
import { hasKeyCount } from './eval-trials.ts';

function request(...words: string[]): RequestFramer {
  const framer = new RequestFramer();
  framer.push(encodeCommand(words));
  framer.next();
  return framer;
}

describe('hasKeyCount', () => {
  it.each([
    ['0', []],
    ['0', ['argument']],
    ['1', ['key']],
    ['2', ['key', 'key', 'argument']],
  ])('%s of %j is one that Redis takes', (count, rest) => {
    expect(hasKeyCount(request('EVAL', 'return 1', count, ...rest))).toBe(true);
  });

  it.each([
    ['', []],
    ['1', []],
    ['3', ['key', 'key']],
    ['-1', ['key']],
    ['01', ['key']],
    ['1.', ['key']],
    ['abc', ['key']],
    ['99999999999999999999', ['key']],
  ])('%s of %j is not', (count, rest) => {
    expect(hasKeyCount(request('EVAL', 'return 1', count, ...rest))).toBe(false);
  });
});
