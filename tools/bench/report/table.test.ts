import { describe, expect, it } from 'vitest';
import { table, writtenSpread } from './table.ts';

describe('table', () => {
  it('aligns figures to the right', () => {
    expect(table(['a', 'b', 'c'], [['x', 'y', '1']])).toEqual([
      '| a | b | c |',
      '| --- | --- | --: |',
      '| x | y | 1 |',
    ]);
  });

  it('has as many columns of names as it is told', () => {
    expect(table(['a', 'b'], [], 1)).toEqual(['| a | b |', '| --- | --: |']);
  });
});

describe('writtenSpread', () => {
  it.each([
    ['nothing', null, '–'],
    ['one value', { median: 1, min: 1, max: 1 }, '1.00'],
    ['several', { median: 1.5, min: 1, max: 2 }, '1.50 (1.00–2.00)'],
  ])('of %s', (_name, value, want) => expect(writtenSpread(value, 2)).toBe(want));
});
