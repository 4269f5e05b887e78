import { expect, it } from 'vitest';
import { asSource } from './deb-src.ts';

it.each([
  [
    'a.list',
    'deb [arch=amd64] http://a bookworm main\n# deb',
    'deb-src [arch=amd64] http://a bookworm main\n# deb',
  ],
  ['a.list', 'deb-src http://a b main', 'deb-src http://a b main'],
  [
    'a.sources',
    'Types: deb\nURIs: http://a\n\nTypes: deb deb-src\n',
    'Types: deb-src\nURIs: http://a\n\nTypes: deb-src\n',
  ],
])('asSource(%s) asks for sources at the same places', (file, text, want) => {
  expect(asSource(file, text)).toBe(want);
});
