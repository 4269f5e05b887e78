import { describe, expect, it } from 'vitest';
import { InvalidSecret, parseSecret } from './credentials.ts';

const secret = 'x'.repeat(32);

describe('the secret of a cluster', () => {
  it.each<[string, string]>([
    ['as it is', secret],
    ['without the newline at its end', `${secret}\n`],
    ['without newlines of any kind', `${secret}\r\n\n`],
  ])('is read %s', (_how, text) => expect(parseSecret(text)).toBe(secret));

  it.each(['\t', ' ', '\n '])('keeps %j at its end, and whatever stands before', (end) => {
    expect(parseSecret(`\n ${secret}${end}`)).toBe(`\n ${secret}${end}`);
  });

  it.each(['', '\n'.repeat(40), 'x'.repeat(31), `${'x'.repeat(31)}\n`])(
    'is refused when it is short, without being shown (%#)',
    (text) => {
      const length = text.replaceAll('\n', '').length;
      const want = `Cannot use the cluster's secret: it has ${length} characters, want at least 32`;
      expect(() => parseSecret(text)).toThrow(new InvalidSecret(length));
      expect(() => parseSecret(text)).toThrow(want);
    },
  );
});
