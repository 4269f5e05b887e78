import { expect, it } from 'vitest';
import { matchesGlob } from './glob.ts';

it.each<[string, string[], string[]]>([
  ['get', ['get'], ['gets', 'ge', '']],
  ['', [''], ['a']],
  ['*', ['', 'abc'], []],
  ['a*c*', ['ac', 'abcd', 'aacc'], ['ab', 'bac']],
  ['*a*b', ['ab', 'xaab', 'abab'], ['aba']],
  ['a?c', ['abc'], ['ac', 'abbc']],
  ['[a-c]x', ['ax', 'cx'], ['dx', 'x']],
  ['[c-a]', ['b'], ['d']],
  ['[^ab]', ['c'], ['a', 'b', '']],
  ['[\\]]', [']'], ['\\']],
  ['[a', ['a'], ['b']],
  ['\\*', ['*'], ['a']],
  ['a\\', ['a\\'], ['a']],
  ['config|*re*', ['config|rewrite'], ['config|set']],
])('"%s" matches %j and not %j', (pattern, matching, others) => {
  expect(matching.filter((text) => !matchesGlob(pattern, text))).toEqual([]);
  expect(others.filter((text) => matchesGlob(pattern, text))).toEqual([]);
});

it('no pattern takes long', () => {
  expect(matchesGlob('*a'.repeat(200), `${'a'.repeat(10_000)}b`)).toBe(false);
});
