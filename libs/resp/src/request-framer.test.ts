import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCommand } from './encode-command.ts';
import type { FrameMemory } from './frame-memory.ts';
import { RequestFramer } from './request-framer.ts';
import {
  bytesOf,
  concat,
  currentRequest,
  cut,
  cutOnce,
  feedRequests,
  refusal,
  textOf,
  type Request,
} from './testing/feeding.ts';

const request = (...args: string[]): Request => ({
  args,
  frame: textOf(encodeCommand(args.map(bytesOf))),
});
const argsOf = (text: string): (readonly string[])[] =>
  feedRequests(new RequestFramer(), [bytesOf(text)]).map(({ args }) => args);
const messageOf = (text: string, limits = {}): string | undefined => {
  const error = refusal(() => feedRequests(new RequestFramer(limits), [bytesOf(text)]));
  return error?.message;
};

describe('RequestFramer reads', () => {
  it.each([
    ['one request', '*2\r\n$3\r\nGET\r\n$1\r\na\r\n', [['GET', 'a']]],
    ['an empty argument', '*2\r\n$4\r\nECHO\r\n$0\r\n\r\n', [['ECHO', '']]],
    ['CRLF inside an argument', '*1\r\n$4\r\n\r\n\r\n\r\n', [['\r\n\r\n']]],
    ['an inline request', 'SET a "b c"\r\n', [['SET', 'a', 'b c']]],
    ['an inline request that ends with LF alone', 'PING\nPING\n', [['PING'], ['PING']]],
    ['nothing in empty requests and lines', '*0\r\n\r\n\n  \r\n*-1\r\n*-7\r\nPING\r\n', [['PING']]],
    ['an inline request of one empty word', '""\r\n', [['']]],
    ['a NUL in an inline request as any byte', 'ECHO a\0b\r\n', [['ECHO', 'a\0b']]],
    ['no request in a part of one', '*2\r\n$3\r\nGET\r\n$1\r\na\r', []],
    ['lengths of ten digits and more only to wait or refuse', '*1\r\n$12', []],
  ])('%s', (_name, text, want) => expect(argsOf(text)).toEqual(want));

  it('makes of an inline request a frame that can be forwarded', () => {
    const [first] = feedRequests(new RequestFramer(), [bytesOf(`set "" ${'x'.repeat(120)}\r\n`)]);
    expect(first).toEqual(request('set', '', 'x'.repeat(120)));
  });

  it('frames a whole request of a chunk in place', () => {
    const framer = new RequestFramer();
    const chunk = bytesOf('PING\r\n*1\r\n$4\r\nPING\r\n');
    framer.push(chunk);
    expect([framer.next(), framer.next()]).toEqual([true, true]);
    expect(framer.bytes).toBe(chunk);
    expect([framer.start, framer.end, framer.bufferedBytes]).toEqual([6, 20, 0]);
  });
});

describe('RequestFramer refuses, in the words of Redis', () => {
  it.each([
    ['*1\r\nx1\r\n', "expected '$', got 'x'"],
    ['*1\r\n*1\r\n', "expected '$', got '*'"],
    ['*x\r\n', 'invalid multibulk length'],
    ['*\r\n', 'invalid multibulk length'],
    ['*01\r\n', 'invalid multibulk length'],
    ['*+1\r\n', 'invalid multibulk length'],
    ['*-0\r\n', 'invalid multibulk length'],
    ['* 1\r\n', 'invalid multibulk length'],
    ['*2147483648\r\n', 'invalid multibulk length'],
    ['*-9223372036854775809\r\n', 'invalid multibulk length'],
    ['*1\r\n$-1\r\n', 'invalid bulk length'],
    ['*1\r\n$\r\n', 'invalid bulk length'],
    ['*1\r\n$01\r\n', 'invalid bulk length'],
    ['*1\r\n$536870913\r\n', 'invalid bulk length'],
    ['*1\r\n$99999999999999999999\r\n', 'invalid bulk length'],
    ['SET a "b\r\n', 'unbalanced quotes in request'],
    ['SET a "b"c\r\n', 'unbalanced quotes in request'],
  ])('%j', (text, want) => {
    expect(messageOf(text)).toBe(`Protocol error: ${want}`);
    const framer = new RequestFramer();
    expect(refusal(() => feedRequests(framer, cut(bytesOf(text), [1])))).toMatchObject({
      code: 'PROTOCOL',
      message: `Protocol error: ${want}`,
    });
  });

  it.each(['*1\rx', '*1\r\n$1\rx', '*1\r\n$1\r\nabc', '*1\r\n$1\r\na\rb'])(
    '%j, which Redis would not look at',
    (text) => {
      expect(messageOf(text)).toBe('Protocol error: expected CRLF after a length or an argument');
    },
  );

  it('gives the requests before the wrong bytes, and refuses again when asked again', () => {
    const framer = new RequestFramer();
    framer.push(bytesOf('PING\r\n*1\r\n$1\r\na\r\n*x\r\nPING\r\n'));
    expect([framer.next(), framer.next()]).toEqual([true, true]);
    expect(() => framer.next()).toThrow('invalid multibulk length');
    framer.keep();
    expect(() => framer.next()).toThrow('invalid multibulk length');
  });
});

describe('RequestFramer keeps its limits, at the limit and one beyond', () => {
  const limits = { argsMax: 3, bulkBytesMax: 10, inlineBytesMax: 64, requestBytesMax: 60 };
  const ten = 'x'.repeat(10);

  it.each([
    ['arguments', '*3\r\n', undefined],
    ['arguments', '*4\r\n', 'invalid multibulk length'],
    ['the bytes of an argument', '*1\r\n$10\r\n', undefined],
    ['the bytes of an argument', '*1\r\n$11\r\n', 'invalid bulk length'],
    ['an inline request', 'x'.repeat(64), undefined],
    ['an inline request', 'x'.repeat(65), 'too big inline request'],
    ['a whole inline request', `${' '.repeat(63)}\r\n`, undefined],
    ['a whole inline request', `${' '.repeat(64)}\r\n`, 'too big inline request'],
    ['the line of a count', `*${'1'.repeat(63)}`, undefined],
    ['the line of a count', `*${'1'.repeat(64)}`, 'too big mbulk count string'],
    ['the line of a size', `*1\r\n$${'1'.repeat(63)}`, undefined],
    ['the line of a size', `*1\r\n$${'1'.repeat(64)}`, 'too big bulk count string'],
    ['a request', textOf(encodeCommand([ten, ten, ten])).slice(0, 55), undefined],
  ])('%s: %j', (_name, text, want) => {
    const message = want && `Protocol error: ${want}`;
    expect(messageOf(text, limits)).toBe(message);
    const byByte = refusal(() => feedRequests(new RequestFramer(limits), cut(bytesOf(text), [1])));
    expect(byByte?.message).toBe(message);
  });

  it('the bytes of one request, before they are all here', () => {
    const whole = encodeCommand([ten, ten, ten]); // 4 + 3 × 17 = 55 bytes
    const atLimit = new RequestFramer({ requestBytesMax: 55 });
    expect(feedRequests(atLimit, [whole.slice()])).toHaveLength(1);
    const feed = (chunk: Uint8Array) => () =>
      feedRequests(new RequestFramer({ requestBytesMax: 54 }), [chunk]);
    expect(feed(whole.slice())).toThrow('too big request');
    expect(feed(whole.slice(0, 43))).toThrow('too big request'); // "$10\r\n" says it all
    expect(feed(whole.slice(0, 38))).not.toThrow();
  });
});

const anyArgs = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 12 });
const longArgs = fc.array(fc.uint8Array({ minLength: 200, maxLength: 3000 }), {
  minLength: 1,
  maxLength: 3,
});
const multibulk = fc.oneof({ weight: 5, arbitrary: anyArgs }, longArgs).map(encodeCommand);
const others = fc.constantFrom('PING\r\n', 'SET "a\\x00" b\n', '*0\r\n', '\r\n', '*-1\r\n');
const stream = fc
  .array(fc.oneof({ weight: 3, arbitrary: multibulk }, others.map(bytesOf)), { maxLength: 12 })
  .map(concat);
const sizes = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 2000 })),
  {
    minLength: 1,
    maxLength: 8,
  },
);

describe('RequestFramer finds the same requests wherever the bytes are cut', () => {
  const bytes = concat([
    encodeCommand(['SET', 'key', 'value\r\n$1\r\n']),
    bytesOf('PING "a b"\r\n*0\r\n\r\n*-1\r\n'),
    encodeCommand(['MGET', ...Array.from({ length: 50 }, (_, i) => `key:${i}`)]),
    encodeCommand(['SET', 'long', 'x'.repeat(700)]),
    bytesOf('PING\n'),
  ]);
  const want = feedRequests(new RequestFramer(), [bytes.slice()]);

  it('at every place', () => {
    expect(want).toHaveLength(5);
    for (let at = 1; at < bytes.length; at++)
      expect(feedRequests(new RequestFramer(), cutOnce(bytes, at))).toEqual(want);
  });

  it('byte by byte', () => {
    expect(feedRequests(new RequestFramer(), cut(bytes, [1]))).toEqual(want);
  });

  it('at random', () => {
    fc.assert(
      fc.property(stream, sizes, (all, pieces) => {
        const whole = feedRequests(new RequestFramer(), [all.slice()]);
        expect(feedRequests(new RequestFramer(), cut(all, pieces))).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });
});

/** One read event of a client that is slow at times: it takes some requests and gives one back. */
const readEvent = fc.record({
  size: fc.integer({ min: 1, max: 900 }),
  takes: fc.nat(4),
  givesBack: fc.boolean(),
  keeps: fc.boolean(),
});

describe('RequestFramer holds back what its reader does not take', () => {
  it('gives a request again after unread, also after keep and push', () => {
    const framer = new RequestFramer();
    const chunk = bytesOf('*1\r\n$1\r\na\r\n*2\r\n$1\r\nb\r\n$1\r\nc\r\n');
    framer.push(chunk);
    framer.next();
    framer.next();
    framer.unread();
    expect(framer.bufferedBytes).toBe(18);
    framer.keep();
    chunk.fill(0);
    framer.push(encodeCommand(['d']));
    expect(framer.bufferedBytes).toBe(29);
    expect(framer.next() && currentRequest(framer)).toEqual(request('b', 'c'));
    framer.unread();
    expect(framer.next() && currentRequest(framer)).toEqual(request('b', 'c'));
    expect(framer.next() && currentRequest(framer)).toEqual(request('d'));
    expect([framer.next(), framer.bufferedBytes]).toEqual([false, 0]);
  });

  it('gives an inline request again after unread', () => {
    const framer = new RequestFramer();
    framer.push(bytesOf('ECHO "a'));
    framer.next();
    framer.keep();
    framer.push(bytesOf(' b"\r\nPING\r\n'));
    framer.next();
    framer.unread();
    framer.keep();
    expect(framer.bufferedBytes).toBe(18);
    expect(framer.next() && currentRequest(framer)).toEqual(request('ECHO', 'a b'));
    expect(framer.next() && currentRequest(framer)).toEqual(request('PING'));
  });

  it('loses and swaps nothing, however it is read', () => {
    fc.assert(
      fc.property(stream, fc.array(readEvent, { minLength: 1, maxLength: 20 }), (all, events) => {
        const want = feedRequests(new RequestFramer(), [all.slice()]);
        const framer = new RequestFramer();
        const got: Request[] = [];
        cut(
          all,
          events.map(({ size }) => size),
        ).forEach((chunk, i) => {
          const { takes, givesBack, keeps } = events[i % events.length]!;
          framer.push(chunk);
          for (let taken = 0; taken < takes && framer.next(); taken++)
            got.push(currentRequest(framer));
          if (givesBack && framer.next()) framer.unread();
          if (!keeps) return;
          framer.keep();
          chunk.fill(0xff);
        });
        while (framer.next()) got.push(currentRequest(framer));
        expect(got).toEqual(want);
      }),
      { numRuns: 300 },
    );
  });

  it('counts the bytes that are not taken', () => {
    fc.assert(
      fc.property(fc.array(multibulk, { maxLength: 8 }), sizes, (requests, pieces) => {
        const framer = new RequestFramer();
        let pushed = 0;
        let taken = 0;
        for (const chunk of cut(concat(requests), pieces)) {
          framer.push(chunk);
          pushed += chunk.length;
          expect(framer.bufferedBytes).toBe(pushed - taken);
          while (framer.next()) taken += framer.end - framer.start;
          expect(framer.bufferedBytes).toBe(pushed - taken);
          framer.keep();
          expect(framer.bufferedBytes).toBe(pushed - taken);
        }
        expect(framer.bufferedBytes).toBe(0);
      }),
    );
  });
});

describe('RequestFramer.detach', () => {
  it('leaves the memory of a request that was cut, and goes on behind it, wherever it is cut', () => {
    const long = request('SET', 'k', 'x'.repeat(300));
    const bytes = concat([long, request('GET', 'k'), long].map(({ frame }) => bytesOf(frame)));
    for (let size = 1; size < bytes.length; size++) {
      const framer = new RequestFramer();
      const taken: { memory: Uint8Array; start: number; end: number }[] = [];
      for (const chunk of cut(bytes, [size])) {
        framer.push(chunk);
        while (framer.next()) {
          const { start, end } = framer;
          const memory = framer.detach() ? framer.bytes : framer.bytes.slice();
          taken.push({ memory, start, end });
        }
        framer.keep();
        chunk.fill(0);
      }
      // Only now: nothing that came later was written into memory that was given away.
      const frames = taken.map(({ memory, start, end }) => textOf(memory, start, end));
      expect(frames).toEqual([long.frame, request('GET', 'k').frame, long.frame]);
      expect(framer.bufferedBytes).toBe(0);
    }
  });

  it('gives memory that it leaves to nobody else', () => {
    const given: Uint8Array[] = [];
    const memory: FrameMemory = {
      take: (bytesMin) => new Uint8Array(bytesMin),
      give: (former) => void given.push(former),
    };
    const framer = new RequestFramer({}, memory);
    const bytes = bytesOf(request('SET', 'k', 'x'.repeat(100_000)).frame);
    framer.push(bytes.subarray(0, 50_000));
    expect(framer.next()).toBe(false);
    framer.keep();
    framer.push(bytes.subarray(50_000));
    expect([framer.next(), framer.detach()]).toEqual([true, true]);
    const left = framer.bytes;
    framer.keep();
    framer.clear();
    expect(given.includes(left)).toBe(false);
  });

  it('gives nothing away that is borrowed, or made from an inline request', () => {
    const framer = new RequestFramer();
    framer.push(bytesOf('*1\r\n$4\r\nPING\r\nPING\r\n'));
    expect([framer.next(), framer.detach(), framer.next(), framer.detach()]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});

describe('RequestFramer and hostile bytes', () => {
  const pieces = '*|$|-|0|1|2|3|9999999999|\r\n|\r|\n|a|"|\'|\\x|\0|\xff| |+'.split('|');
  const hostile = fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 })), { maxLength: 40 })
    .map((parts) => bytesOf(parts.join('')));
  const outcome = (chunks: readonly Uint8Array[]): unknown => {
    const requests: Request[] = [];
    const framer = new RequestFramer({ inlineBytesMax: 24, bulkBytesMax: 1000 });
    const error = refusal(() => {
      for (const chunk of chunks) requests.push(...feedRequests(framer, [chunk]));
    });
    return error?.message ?? requests;
  };

  it('ends in requests, waiting, or a ProtocolError: the same one for any chunking', () => {
    fc.assert(
      fc.property(hostile, sizes, (bytes, cuts) => {
        expect(outcome(cut(bytes, cuts))).toEqual(outcome([bytes.slice()]));
      }),
      { numRuns: 1000 },
    );
  });
});
