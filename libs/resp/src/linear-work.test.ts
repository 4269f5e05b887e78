/** Work and memory, counted and not timed. */
import { memoryUsage } from 'node:process';
import { describe, expect, it } from 'vitest';
import { encode } from './encode.ts';
import { encodeCommand } from './encode-command.ts';
import { Intake } from './intake.ts';
import { ReplyFramer } from './reply-framer.ts';
import { RequestFramer } from './request-framer.ts';
import { bytesOf } from './testing/feeding.ts';

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;

/** Bytes that `run` copies from one typed array to another. */
function copiedBytes(run: () => void): number {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called below with the array as this
  const { set, copyWithin } = typedArray;
  let copied = 0;
  typedArray.set = function (this: Uint8Array, source: Uint8Array, at?: number): void {
    copied += source.byteLength;
    set.call(this, source, at);
  };
  typedArray.copyWithin = function (this: Uint8Array, to: number, start: number, end: number) {
    copied += end - start;
    return copyWithin.call(this, to, start, end);
  };
  try {
    run();
  } finally {
    Object.assign(typedArray, { set, copyWithin });
  }
  return copied;
}

function feedByByte(framer: RequestFramer | ReplyFramer, bytes: Uint8Array): number {
  let frames = 0;
  for (let at = 0; at < bytes.length; at++) {
    framer.push(bytes.subarray(at, at + 1));
    while (framer.next()) frames++;
    framer.keep();
  }
  return frames;
}

describe('work is linear in the bytes, fed byte by byte', () => {
  it('for a request of 100,000 arguments', () => {
    const bytes = encodeCommand(Array.from({ length: 100_000 }, (_, i) => String(i)));
    let frames = 0;
    const copied = copiedBytes(() => (frames = feedByByte(new RequestFramer(), bytes)));
    expect(frames).toBe(1);
    // Once each, twice again for doubling, and 8 bytes of offsets per argument, doubled too.
    expect(copied).toBeLessThan(6 * bytes.length);
  });

  it('for a reply of 100,000 elements', () => {
    const items = Array.from({ length: 100_000 }, (_, i) => encode.bulk(String(i)));
    const bytes = encode.array(items);
    const copied = copiedBytes(() => expect(feedByByte(new ReplyFramer(), bytes)).toBe(1));
    expect(copied).toBeLessThan(4 * bytes.length);
  });

  it('for an inline request, a line and a length that never end', () => {
    // Long enough that a scan from the line's start at every byte would take minutes.
    const long = '1'.repeat(400_000);
    for (const head of ['x', '*', '*1\r\n$']) {
      const framer = new RequestFramer({ inlineBytesMax: 1_000_000 });
      expect(feedByByte(framer, bytesOf(head + long))).toBe(0);
    }
    expect(feedByByte(new ReplyFramer(), bytesOf(`+${long}`))).toBe(0);
  });

  it('for many requests that wait, taken one by one', () => {
    const one = encodeCommand(['SET', 'key', 'value']);
    const framer = new RequestFramer();
    const copied = copiedBytes(() => {
      for (let i = 0; i < 5000; i++) {
        framer.push(one);
        framer.keep();
      }
      while (framer.next()) if (framer.bufferedBytes % 3 === 0) framer.keep();
    });
    expect(framer.bufferedBytes).toBe(0);
    expect(copied).toBeLessThan(5 * 5000 * one.length);
  });
});

describe('copies', () => {
  it('are none for whole requests, and for a cut one only its own bytes and a little more', () => {
    const one = encodeCommand(['SET', 'key', 'value']);
    const chunk = new Uint8Array(one.length * 1000);
    for (let i = 0; i < 1000; i++) chunk.set(one, i * one.length);
    const framer = new RequestFramer();
    let frames = 0;
    const feed = (bytes: Uint8Array): void => {
      framer.push(bytes);
      while (framer.next()) frames++;
      framer.keep();
    };
    expect(copiedBytes(() => feed(chunk))).toBe(0);
    expect(copiedBytes(() => feed(chunk.subarray(0, -5)))).toBe(one.length - 5);
    expect(copiedBytes(() => feed(chunk.subarray(-5)))).toBe(5);
    feed(chunk.subarray(0, -5));
    const next = new Uint8Array([...chunk.subarray(-5), ...chunk]);
    expect(copiedBytes(() => feed(next))).toBe(256);
    expect(frames).toBe(1000 + 1000 + 1000 + 1000);
  });

  it('end with the cut frame, also when held memory moved under it', () => {
    const intake = new Intake();
    intake.push(new Uint8Array(600));
    intake.keep();
    intake.take(500); // 100 bytes of a cut frame stay held
    const chunk = new Uint8Array(2000);
    intake.push(chunk);
    expect([intake.pull(), intake.pull()]).toEqual([true, true]);
    expect(intake.at).toBe(0); // moved
    intake.take(150);
    expect(intake.bytes).toBe(chunk);
    expect(intake.at).toBe(50);
  });
});

describe('memory', () => {
  it('is not taken for a length that is only claimed', () => {
    const before = memoryUsage().arrayBuffers;
    const framers = Array.from({ length: 20 }, () => new RequestFramer());
    for (const framer of framers) {
      framer.push(bytesOf('*1000000\r\n$536870912\r\nabc'));
      expect(framer.next()).toBe(false);
      framer.keep();
    }
    expect(memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
  });

  it('grows to the known need and a little more', () => {
    const intake = new Intake();
    intake.wantedBytes = 100_000;
    for (let i = 0; i < 10; i++) {
      intake.push(new Uint8Array(10_000));
      intake.keep();
    }
    expect(intake.limit - intake.at).toBe(100_000);
    expect(intake.bytes.length).toBeLessThanOrEqual(101_024);
  });

  it('of a big frame is given back when the frame is taken', () => {
    const intake = new Intake();
    intake.push(new Uint8Array(1_000_000));
    intake.keep();
    expect(intake.bytes.length).toBeGreaterThanOrEqual(1_000_000);
    intake.take(1_000_000);
    expect(intake.bytes.length).toBe(0);
    intake.push(new Uint8Array(10));
    intake.keep();
    expect(intake.bytes.length).toBeLessThanOrEqual(16 * 1024);
  });

  it('of a big frame is given back also when a small part stays', () => {
    const intake = new Intake();
    intake.push(new Uint8Array(1_000_000));
    intake.keep();
    intake.take(999_990);
    expect(intake.limit - intake.at).toBe(10);
    expect(intake.bytes.length).toBeLessThanOrEqual(16 * 1024);
  });
});
