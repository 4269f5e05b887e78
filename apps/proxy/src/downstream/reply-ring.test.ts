import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockPool } from '../transport/blocks.ts';
import type { Connection } from '../transport/transport.ts';
import { Outbox } from './outbox.ts';
import { ReplyRing } from './reply-ring.ts';
import { ReplyWindow } from './reply-window.ts';

/** A ring over small blocks, and what leaves it. */
function ringAndSent() {
  const sent: number[] = [];
  const connection = {
    write: (bytes, start, end) => void sent.push(...bytes.subarray(start, end)),
  } as Partial<Connection> as Connection;
  const ring = new ReplyRing(new BlockPool(16, 4));
  const outbox = new Outbox({ small: new BlockPool(16, 4), large: new BlockPool(64, 4) });
  const pass = () => {
    ring.passInto(outbox);
    outbox.flush(connection);
  };
  return { ring, sent, pass };
}

describe('ReplyRing', () => {
  it('gives replies in the order of their requests, in whatever order they come', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(
          Array.from({ length: 100 }, (_, i) => i),
          { minLength: 100 },
        ),
        (order) => {
          const { ring, sent, pass } = ringAndSent();
          for (const expected of order.keys()) expect(ring.reserve()).toBe(expected);
          for (const token of order) {
            // Of many lengths, from one byte to more than a block.
            const reply = Buffer.alloc(1 + (token % 5) * 5, token);
            ring.put(
              token,
              Buffer.concat([Buffer.from('<'), reply, Buffer.from('>')]),
              1,
              1 + reply.length,
            );
            pass();
          }
          const expected = Array.from({ length: 100 }, (_, token) =>
            new Array<number>(1 + (token % 5) * 5).fill(token),
          );
          expect(sent).toEqual(expected.flat());
          expect([ring.length, ring.bytes]).toEqual([0, 0]);
        },
      ),
    );
  });

  it('goes on over the wrap of its 32-bit counters', () => {
    const { ring, sent, pass } = ringAndSent();
    ring.head = ring.tail = 2 ** 31 - 2;
    const tokens = Array.from({ length: 20 }, () => ring.reserve());
    expect([tokens[1], tokens[2]]).toEqual([2 ** 31 - 1, -(2 ** 31)]);
    expect(ring.length).toBe(20);
    tokens.toReversed().forEach((token, i) => ring.put(token, Uint8Array.of(i), 0, 1));
    pass();
    expect(sent).toEqual(Array.from({ length: 20 }, (_, i) => 19 - i));
    expect(ring.length).toBe(0);
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
