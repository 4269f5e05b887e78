import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockPool } from '../transport/blocks.ts';
import { LargeBlocks } from '../transport/large-blocks.ts';
import type { Connection } from '../transport/transport.ts';
import { PendingRing } from './pending-ring.ts';
import { RequestLog, type Segment } from './request-log.ts';
import { GIVEN_UP, NO_SINK, SEVERAL_SLOTS, type Outgoing } from './reply-sink.ts';

function outgoing(token: number, text: string, over: Partial<Outgoing> = {}): Outgoing {
  const bytes = Buffer.from(`..${text}..`);
  return {
    sink: NO_SINK,
    token,
    slot: 7,
    isWrite: false,
    isRetry: false,
    redirects: 0,
    sinceUs: 0,
    bytes,
    start: 2,
    end: bytes.length - 2,
    ...over,
  };
}

const textOf = ({ bytes, start, end }: Outgoing): string =>
  Buffer.from(bytes.subarray(start, end)).toString();

function append(log: RequestLog, bytes: Uint8Array, start: number, end: number): Segment {
  const segment = log.reserve(end - start);
  segment.bytes.set(bytes.subarray(start, end), segment.used - (end - start));
  return segment;
}

const US = 1000;

describe('a request that is given up', () => {
  it('is the oldest that was sent so long ago, and keeps its place', () => {
    const ring = new PendingRing();
    const log = new RequestLog(new BlockPool(1024, 1), new LargeBlocks(1024, 1024));
    const push = (token: number): void => {
      const request = outgoing(token, `r${token}`);
      ring.push(request, append(log, request.bytes, request.start, request.end), 1);
    };
    push(1);
    push(2);
    ring.markSent(5 * US);
    push(3);
    ring.markSent(6 * US);
    push(4);
    const given = (first: number, nowUs: number): string | undefined => {
      const request = ring.giveUp(first, nowUs, 2 * US);
      return request === null ? undefined : textOf(request);
    };
    expect([given(0, 7 * US - 1), given(0, 7 * US), given(0, 7 * US), given(0, 7 * US)]).toEqual(
      [undefined, 'r1', 'r2', undefined], // prettier-ignore
    );
    // Not one that was not sent, whatever time it is.
    expect([given(0, 99 * US), given(0, 99 * US), ring.length]).toEqual(['r3', undefined, 4]);
    expect([ring.headSink() === GIVEN_UP, ring.headSlot()]).toEqual([true, SEVERAL_SLOTS]);
    ring.shift();
    const { requests, sentCount } = ring.takeAll();
    expect([requests.map(textOf), sentCount, ring.length]).toEqual([['r4'], 0, 0]);
  });

  it('may be behind one that is kept', () => {
    const ring = new PendingRing();
    const log = new RequestLog(new BlockPool(1024, 1), new LargeBlocks(1024, 1024));
    for (const token of [1, 2]) {
      const request = outgoing(token, `r${token}`);
      ring.push(request, append(log, request.bytes, request.start, request.end), 1);
    }
    ring.markSent(0);
    expect(textOf(ring.giveUp(ring.head + 1, 9 * US, US)!)).toBe('r2');
    expect(ring.headSink()).toBe(NO_SINK);
  });
});

describe('PendingRing with RequestLog', () => {
  it('is a queue that keeps the bytes of each request, whatever comes and goes', () => {
    const step = fc.oneof(
      fc.record({ push: fc.string({ minLength: 1, maxLength: 40_000 }) }),
      fc.constant({ push: null }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const ring = new PendingRing();
        const log = new RequestLog(new BlockPool(16_384, 4), new LargeBlocks(16_384, 0));
        const model: { token: number; text: string }[] = [];
        let token = 0;
        for (const { push } of steps) {
          if (push !== null) {
            const request = outgoing(++token, push);
            ring.push(request, append(log, request.bytes, request.start, request.end), token);
            model.push({ token, text: push });
          } else if (model.length > 0) {
            const { token: want, text } = model.shift()!;
            const head = ring.copyHead();
            expect(head.token).toBe(want);
            expect([ring.headSinceUs(), head.sinceUs]).toEqual([want, want]);
            expect(Buffer.from(head.bytes).toString()).toBe(text);
            log.release(ring.shift());
          }
          expect(ring.length).toBe(model.length);
          expect(ring.bytes).toBe(
            model.reduce((sum, entry) => sum + Buffer.byteLength(entry.text), 0),
          );
        }
      }),
      { numRuns: 40 },
    );
  });

  it('remembers what a resend needs', () => {
    const ring = new PendingRing();
    const log = new RequestLog(new BlockPool(16_384, 4), new LargeBlocks(16_384, 0));
    const request = outgoing(5, 'x', { slot: 16383, isWrite: true, isRetry: true });
    ring.push(request, append(log, request.bytes, request.start, request.end), 0);
    expect(ring.copyHead()).toMatchObject({
      token: 5,
      slot: 16383,
      isWrite: true,
      isRetry: true,
      start: 0,
      end: 1,
    });
  });

  it('tells when its head was taken up, sent and answered', () => {
    const ring = new PendingRing();
    const log = new RequestLog(new BlockPool(16_384, 4), new LargeBlocks(16_384, 0));
    for (const token of [1, 2]) {
      const request = outgoing(token, `text ${token}`);
      ring.push(request, append(log, request.bytes, request.start, request.end), 10 * token);
      if (token === 1) ring.markSent(15);
    }
    const { bytes, start, end, ...slow } = ring.slowHead('node', 99);
    expect(Buffer.from(bytes.subarray(start, end)).toString()).toBe('text 1');
    const who = { sink: NO_SINK, node: 'node', readUs: 99 };
    expect(slow).toEqual({ ...who, token: 1, sinceUs: 10, sentUs: 15 });
    log.release(ring.shift());
    // Not sent: it waited for that all the time.
    expect(ring.slowHead('node', 99)).toMatchObject({ ...who, token: 2, sinceUs: 20, sentUs: 99 });
  });

  it('tells what was sent from what was not, also when replies overtake the mark', () => {
    const ring = new PendingRing();
    const log = new RequestLog(new BlockPool(16_384, 4), new LargeBlocks(16_384, 0));
    for (const token of [1, 2, 3]) {
      const request = outgoing(token, 'x');
      ring.push(request, append(log, request.bytes, request.start, request.end), 0);
    }
    ring.sent = 1;
    log.release(ring.shift());
    log.release(ring.shift());
    expect([ring.head, ring.sent, ring.tail]).toEqual([2, 2, 3]);
  });
});

describe('RequestLog', () => {
  const written: string[] = [];
  const connection = {
    write: (bytes, start, end) =>
      void written.push(Buffer.from(bytes.subarray(start, end)).toString()),
  } as Partial<Connection> as Connection;

  it('writes what came since the last flush in one piece', () => {
    written.length = 0;
    const log = new RequestLog(new BlockPool(16_384, 4), new LargeBlocks(16_384, 0));
    for (const text of ['one', 'two']) append(log, Buffer.from(text), 0, 3);
    log.flush(connection);
    append(log, Buffer.from('three'), 0, 5);
    log.flush(connection);
    log.flush(connection);
    expect(written).toEqual(['onetwo', 'three']);
  });

  it('writes a request that came with its memory in its turn, and lets that memory go', () => {
    written.length = 0;
    const pool = new BlockPool(8, 4);
    const log = new RequestLog(pool, new LargeBlocks(16_384, 0));
    append(log, Buffer.from('one'), 0, 3);
    const memory = Buffer.from('(own own)');
    const own = log.adopt(memory, 1, 8);
    append(log, Buffer.from('two'), 0, 3);
    append(log, Buffer.from('longer than a block'), 0, 19);
    append(log, Buffer.from('three'), 0, 5);
    log.flush(connection);
    expect(written.join('|')).toBe('one|own own|two|longer than a block|three');
    log.release(own);
    expect(pool.take(1)).not.toBe(own.bytes);
  });

  it.each([
    ['is sent, whatever waits behind it', 100, true],
    ['waits', 101, false],
  ])('lets the memory of a request go for another one when it %s', (_when, unsentBytes, isFree) => {
    const large = new LargeBlocks(64, 1000);
    const log = new RequestLog(new BlockPool(8, 4), large);
    const own = log.adopt(large.take(64), 0, 64);
    log.adopt(Buffer.alloc(100), 0, 100);
    log.flush({ ...connection, unsentBytes });
    log.release(own);
    expect(large.take(64) === own.bytes).toBe(isFree);
  });

  it('uses memory again once all in it is answered', () => {
    const log = new RequestLog(new BlockPool(16_384, 4), new LargeBlocks(16_384, 0));
    const first = append(log, Buffer.from('one'), 0, 3);
    log.flush(connection);
    log.release(first);
    const second = append(log, Buffer.from('two'), 0, 3);
    expect([second === first, second.used]).toEqual([true, 3]);
  });

  it('never uses memory again that holds a request without an answer', () => {
    const log = new RequestLog(new BlockPool(16_384, 4), new LargeBlocks(16_384, 0));
    const kept = append(log, Buffer.from('kept'), 0, 4);
    log.flush(connection);
    for (let i = 0; i < 5000; i++) {
      const segment = append(log, Buffer.from('0123456789'), 0, 10);
      log.flush(connection);
      log.release(segment);
    }
    expect(Buffer.from(kept.bytes.subarray(0, 4)).toString()).toBe('kept');
  });
});
