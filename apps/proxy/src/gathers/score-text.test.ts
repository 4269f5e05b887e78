import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scoreStyle, scoreText, type ScoreStyle } from './score-text.ts';

describe('scoreStyle', () => {
  it.each<[string, ScoreStyle]>([
    ['6.2.1', 'digits17'],
    ['7.0.15', 'digits17'],
    ['7.2.4', 'short'],
    ['8.0.2', 'short'],
    ['10.1', 'short'],
  ])('of %s is %s', (version, want) => expect(scoreStyle(version)).toBe(want));
});

/** As ZRANGE … WITHSCORES of Redis 7.0 and of Redis 8 shows them. */
describe('scoreText', () => {
  it.each<[number, string, string]>([
    [0, '0', '0'],
    [-0, '-0', '-0'],
    [1, '1', '1'],
    [-17, '-17', '-17'],
    [0.1, '0.10000000000000001', '0.1'],
    [-2.5, '-2.5', '-2.5'],
    [1.1 + 2.2, '3.3000000000000003', '3.3000000000000003'],
    [1e16, '10000000000000000', '10000000000000000'],
    [1e17, '1e+17', '100000000000000000'],
    [2 ** 62, '4.6116860184273879e+18', '4611686018427387904'],
    [1e18, '1e+18', '1000000000000000000'],
    [1e19, '1e+19', '1e+19'],
    [1.5e300, '1.5000000000000001e+300', '1.5e+300'],
    [1e-4, '0.0001', '0.0001'],
    [1e-5, '1.0000000000000001e-05', '0.00001'],
    [1e-6, '9.9999999999999995e-07', '0.000001'],
    [1e-7, '9.9999999999999995e-08', '1e-7'],
    [1.25e-7, '1.2499999999999999e-07', '1.25e-7'],
    [5e-324, '4.9406564584124654e-324', '5e-324'],
    [123456789e9, '1.23456789e+17', '123456789000000000'],
    [0.000123, '0.00012300000000000001', '0.000123'],
    [123456.789, '123456.789', '123456.789'],
    [Infinity, 'inf', 'inf'],
    [-Infinity, '-inf', '-inf'],
  ])('of %d is %s, and short %s', (score, digits17, short) => {
    expect(scoreText(score, 'digits17')).toBe(digits17);
    expect(scoreText(score, 'short')).toBe(short);
  });

  it('rounds a tie at the 17th digit to the even one', () => {
    expect(scoreText(2 ** -25, 'digits17')).toBe('2.9802322387695312e-08');
  });

  it('is read back as the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (score) => {
        expect(Number(scoreText(score, 'digits17'))).toBe(score);
        expect(Number(scoreText(score, 'short'))).toBe(score);
      }),
    );
  });

  it('has every digit of a whole number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (whole) => {
        const score = Number(whole);
        expect(BigInt(scoreText(score, 'short'))).toBe(BigInt(score));
      }),
    );
  });
});
