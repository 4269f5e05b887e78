import { expect, it } from 'vitest';
import { quoted } from './quoted.ts';

it.each([
  ['plain text', '"plain text"'],
  ['', '""'],
  ['"\\', '"\\"\\\\"'],
  ['\n\r\t\x07\b', '"\\n\\r\\t\\a\\b"'],
  ['\0é\x7f', '"\\x00\\xe9\\x7f"'],
])('%j is shown as %s', (text, want) => {
  expect(quoted(Buffer.from(text, 'latin1'))).toBe(want);
});
