import { describe, expect, it } from 'vitest';
import { globMatch } from './glob-match.ts';

/** Pattern, what it matches, what it does not. */
const table: [string, string[], string[]][] = [
  ['', [''], ['a']],
  ['a', ['a'], ['', 'b', 'ab', 'ba']],
  ['*', ['a', 'abc'], ['']],
  ['a*', ['a', 'ab', 'aab'], ['', 'b', 'ba']],
  ['*a', ['a', 'ba', 'aa'], ['', 'ab']],
  ['a*b*c', ['abc', 'aXbYc', 'abbcc', 'abcbc'], ['ab', 'acb', 'abcd']],
  ['**a**', ['a', 'bab'], ['b']],
  ['a?c', ['abc', 'a?c'], ['ac', 'abbc']],
  ['?', ['a'], ['', 'ab']],
  ['news.[abc]', ['news.a', 'news.c'], ['news.d', 'news.']],
  ['[a-c]', ['a', 'b', 'c'], ['d', '']],
  ['[c-a]', ['b'], ['d']],
  ['[^a-c]', ['d', '^'], ['a', 'b']],
  ['[^]', ['a', '^'], ['']],
  ['[]', [], ['a', '']],
  ['[a', ['a'], ['b', '[a']],
  ['[a-', ['a', '-'], ['b']],
  ['[\\]]', [']'], ['\\']],
  ['[\\-a]', ['-', 'a'], ['b']],
  ['\\*', ['*'], ['a', '\\*']],
  ['\\?x', ['?x'], ['ax']],
  ['a\\', ['a\\'], ['a']],
  ['h[^e]llo*', ['hallo', 'hbllo world'], ['hello', 'hllo']],
];

describe('globMatch() reads patterns as Redis does', () => {
  it.each(table)('%j', (pattern, matching, others) => {
    expect(matching.filter((text) => !globMatch(pattern, text))).toEqual([]);
    expect(others.filter((text) => globMatch(pattern, text))).toEqual([]);
  });

  it('takes a pattern of many stars in its stride', () => {
    expect(globMatch(`${'*a'.repeat(1000)}b`, 'a'.repeat(10_000))).toBe(false);
  });
});
