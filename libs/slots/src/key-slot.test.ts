import calculateSlot from 'cluster-key-slot';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keySlot, SLOT_COUNT } from './key-slot.ts';

const slotOf = (key: string | Uint8Array): number => {
  const bytes = Buffer.from(key);
  return keySlot(bytes, 0, bytes.length);
};
/**
 * Keys that are mostly braces, so that every shape of hash tag comes up, nested, empty and unclosed
 * ones too.
 */
const bracedKey = fc
  .array(fc.constantFrom('{', '}', 'a', '\0', '\xff'), { maxLength: 12 })
  .map((parts) => Buffer.from(parts.join(''), 'latin1'));
/**
 * Where the first tag is empty and a `}` follows later, cluster-key-slot strays from Redis: it
 * closes the tag there.
 */
const isOracleRight = (key: Uint8Array): boolean =>
  !/^[^{]*\{\}[^]*\}/.test(Buffer.from(key).toString('latin1'));

describe('keySlot', () => {
  it.each([
    ['the check value of CRC16/XMODEM', '123456789', 0x31c3],
    ['an empty key', '', 0],
    ['a plain key', 'foo', 12182],
    ['only the hash tag', '{foo}bar', 12182],
    ['the tag anywhere in the key', 'bar{foo}', 12182],
    ['the first tag of several', '{foo}{bar}', 12182],
    ['the whole key for an empty tag, even when another follows', 'foo{}{bar}', 8363],
    ['from the first brace: a second one belongs to the tag', 'foo{{bar}}zap', 4015],
  ])('takes %s', (_name, key, slot) => expect(slotOf(key)).toBe(slot));

  it.each([
    ['{}}', 14790],
    ['{}a}', 4370],
    ['{}{bar}', 11272],
    ['a{}b}c', 2041],
    ['{{}}', 4092],
    ['}{a}', 15495],
  ])('gives %j the slot that CLUSTER KEYSLOT of Redis 7.0 gives', (key, slot) => {
    expect(slotOf(key)).toBe(slot);
  });

  it('takes the whole key for a tag that is not closed', () => {
    expect(slotOf('foo{bar')).toBe(calculateSlot('foo{bar'));
    expect(slotOf('foo}{bar')).toBe(calculateSlot('foo}{bar'));
  });

  it('agrees with cluster-key-slot on any text and any bytes', () => {
    const key = fc.oneof(
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
      fc.uint8Array(),
    );
    fc.assert(
      fc.property(
        key.filter(isOracleRight),
        (bytes) => slotOf(bytes) === calculateSlot(Buffer.from(bytes)),
      ),
    );
  });

  it('agrees with cluster-key-slot on keys full of braces', () => {
    const property = fc.property(
      bracedKey.filter(isOracleRight),
      (key) => slotOf(key) === calculateSlot(key),
    );
    fc.assert(property, { numRuns: 500 });
  });

  it('sees only the bytes between start and end', () => {
    fc.assert(
      fc.property(bracedKey, bracedKey, bracedKey, (before, key, after) => {
        const bytes = Buffer.concat([before, key, after]);
        return keySlot(bytes, before.length, before.length + key.length) === slotOf(key);
      }),
    );
  });

  it('reaches every slot', () => {
    const seen = new Set<number>();
    for (let i = 0; i < 300_000; i++) seen.add(slotOf(`key:${i}`));
    expect(seen.size).toBe(SLOT_COUNT);
  });
});
