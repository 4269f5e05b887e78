import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor, MAP_NAMES, NODE_CURSORS, parseCursor } from './scan-cursor.ts';

const parts = {
  map: fc.integer({ min: 1, max: MAP_NAMES - 1 }),
  shard: fc.integer({ min: 0, max: 1023 }),
  node: fc.bigInt({ min: 0n, max: NODE_CURSORS - 1n }),
};

describe('a cursor', () => {
  it('comes back as it was, positive and within 63 bits', () =>
    fc.assert(
      fc.property(fc.record(parts), (cursor) => {
        const encoded = encodeCursor(cursor);
        expect(encoded > 0n && encoded < 2n ** 63n).toBe(true);
        expect(decodeCursor(encoded)).toEqual(cursor);
      }),
    ));

  it('of a server with some million keys is exact as a double', () => {
    const encoded = encodeCursor({ map: MAP_NAMES - 1, shard: 1023, node: 2n ** 23n - 1n });
    expect(BigInt(Number(encoded))).toBe(encoded);
  });

  it.each([
    ['0', 0n],
    ['17', 17n],
    ['18446744073709551615', 2n ** 64n - 1n],
  ])('%s is one', (text, want) => expect(parseCursor(text)).toBe(want));

  it.each(['', 'x', '-1', '1x', ' 1', '1.5', '18446744073709551616', '9'.repeat(21)])(
    '%j is none',
    (text) => expect(parseCursor(text)).toBeNull(),
  );
});
