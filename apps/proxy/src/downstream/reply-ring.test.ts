import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplyRing } from './reply-ring.ts';
import { ReplyWindow } from './reply-window.ts';

describe('ReplyRing', () => {
  it('gives replies in the order of their requests, in whatever order they come', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(
          Array.from({ length: 100 }, (_, i) => i),
          { minLength: 100 },
        ),
        (order) => {
          const ring = new ReplyRing();
          for (const expected of order.keys()) expect(ring.reserve()).toBe(expected);
          const given: number[] = [];
          for (const token of order) {
            ring.put(token, Uint8Array.of(token));
            for (let reply = ring.shift(); reply !== null; reply = ring.shift())
              given.push(reply[0]!);
          }
          expect(given).toEqual(Array.from({ length: 100 }, (_, i) => i));
          expect([ring.length, ring.bytes]).toEqual([0, 0]);
        },
      ),
    );
  });

  it('goes on over the wrap of its 32-bit counters', () => {
    const ring = new ReplyRing();
    ring.head = ring.tail = 2 ** 31 - 2;
    const tokens = Array.from({ length: 20 }, () => ring.reserve());
    expect([tokens[1], tokens[2]]).toEqual([2 ** 31 - 1, -(2 ** 31)]);
    expect(ring.length).toBe(20);
    tokens.toReversed().forEach((token, i) => ring.put(token, Uint8Array.of(i)));
    for (let i = 19; i >= 0; i--) expect(ring.shift()).toEqual(Uint8Array.of(i));
    expect(ring.shift()).toBeNull();
  });
});

describe('ReplyWindow', () => {
  it('starts small, grows to the maximum with small replies', () => {
    const window = new ReplyWindow(1024, 1 << 20);
    expect(window.size).toBe(32);
    for (let i = 0; i < 200; i++) window.note(5);
    expect(window.size).toBe(1024);
  });

  it('shrinks at once with a large reply, to one at the least', () => {
    const window = new ReplyWindow(1024, 1 << 20);
    window.note(1 << 19);
    expect(window.size).toBe(2);
    window.note(1 << 22);
    expect(window.size).toBe(1);
  });

  it('keeps what may be pending within the budget for replies of one size', () => {
    for (const bytes of [100, 1024, 16_384, 1 << 20]) {
      const window = new ReplyWindow(100_000, 1 << 20);
      for (let i = 0; i < 500; i++) window.note(bytes);
      expect(window.size * bytes).toBeLessThanOrEqual(Math.max(bytes, 1 << 20));
    }
  });
});
