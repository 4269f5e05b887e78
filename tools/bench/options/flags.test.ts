import { describe, expect, it } from 'vitest';
import { countOf, readFlags, UsageError } from './flags.ts';

const types = { rounds: { type: 'string' }, quick: { type: 'boolean' } } as const;

describe('readFlags', () => {
  it('reads texts and switches', () => {
    const flags = readFlags(['--rounds', '3', '--quick'], types);
    expect(flags).toMatchObject({ texts: { rounds: '3' }, wrong: [] });
    expect([flags.isSet('quick'), flags.isSet('rounds')]).toEqual([true, true]);
    expect(readFlags([], types).isSet('quick')).toBe(false);
  });

  it('finds every mistake', () => {
    const { wrong } = readFlags(['--fast', 'here', '--quick=1', '--rounds'], types);
    expect(wrong).toEqual([
      '--fast is no option',
      '"here" is no option',
      '--quick takes no value',
      '--rounds is empty',
    ]);
  });
});

describe('countOf', () => {
  it.each(['0', 'many', '', '-1', '1.5'])('refuses "%s"', (text) => {
    const wrong: string[] = [];
    countOf('--rounds', text, wrong);
    expect(wrong).toEqual([`--rounds is "${text}", want a number from 1`]);
  });

  it('reads a number', () => {
    const wrong: string[] = [];
    expect(countOf('--rounds', '12', wrong)).toBe(12);
    expect(wrong).toEqual([]);
  });
});

it('UsageError shows all that is wrong, and the usage', () => {
  expect(new UsageError(['a', 'b'], 'how').message).toBe(
    'Cannot start the bench: 2 options are wrong\n  a\n  b\nhow',
  );
});
