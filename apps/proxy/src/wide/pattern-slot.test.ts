import { keySlot } from '@keyfleet/slots';
import { describe, expect, it } from 'vitest';
import { patternSlot } from './pattern-slot.ts';

const slotOf = (key: string): number => keySlot(Buffer.from(key), 0, Buffer.byteLength(key));

describe('patternSlot', () => {
  it.each([
    ['plain', 'plain'],
    ['{tag}', 'tag'],
    ['{tag}*', 'tag'],
    ['user:{7}:*:name', '7'],
    ['a{b}[c]{d}', 'b'],
    ['{}literal', '{}literal'],
    ['{open', '{open'],
    ['a{{b}*', '{b'],
    ['', ''],
  ])('%s has the slot of %s', (pattern, key) =>
    expect(patternSlot(Buffer.from(pattern))).toBe(slotOf(key)),
  );

  it.each([
    '*',
    '*{tag}',
    '?{tag}x',
    '[a]{tag}',
    '{t*g}',
    '{tag*',
    '{}*',
    '{}{tag}*',
    '\\{tag}*',
    '{ta\\g}',
    'a*',
  ])('%s may match keys of several slots', (pattern) =>
    expect(patternSlot(Buffer.from(pattern))).toBeNull(),
  );
});
