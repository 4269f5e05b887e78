import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplyDecoder } from './decode.ts';
import { ProtocolError } from './protocol-error.ts';
import { ReplyFramer } from './reply-framer.ts';
import { bytesOf, cut, cutOnce, feedReplies, refusal, type Framed } from './testing/feeding.ts';

const framesOf = (text: string, limits = {}): Framed[] =>
  feedReplies(new ReplyFramer(limits), [bytesOf(text)]);
const messageOf = (text: string, limits = {}): string | undefined => {
  const whole = refusal(() => framesOf(text, limits));
  const byByte = refusal(() => feedReplies(new ReplyFramer(limits), cut(bytesOf(text), [1])));
  expect(byByte).toEqual(whole);
  return whole?.message;
};

const REPLIES = [
  '+OK\r\n',
  '+\r\n',
  '-ERR no\r\n',
  ':12\r\n',
  ':-9223372036854775808\r\n',
  '$5\r\nhello\r\n',
  '$0\r\n\r\n',
  '$2\r\n\r\n\r\n',
  '$-1\r\n',
  '*-1\r\n',
  '*0\r\n',
  '*3\r\n$1\r\na\r\n$-1\r\n*2\r\n:1\r\n*0\r\n',
  '_\r\n',
  '#t\r\n',
  ',1.5\r\n',
  '(123456789012345678901234567890\r\n',
  '!8\r\nERR a\r\nb\r\n',
  '=7\r\ntxt:abc\r\n',
  '%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n%0\r\n',
  '~2\r\n:1\r\n~0\r\n',
  '>3\r\n+message\r\n+c\r\n$1\r\nx\r\n',
  '*2\r\n|1\r\n+ttl\r\n:3\r\n:1\r\n|0\r\n:2\r\n',
];

describe('ReplyFramer frames', () => {
  it.each(REPLIES)('%j', (text) => {
    expect(framesOf(text + text)).toEqual([
      { type: text[0], frame: text },
      { type: text[0], frame: text },
    ]);
  });

  it('an attribute together with its reply, and says the type of the reply', () => {
    const text = '|1\r\n+key\r\n%1\r\n+a\r\n*0\r\n|0\r\n$1\r\nx\r\n';
    expect(framesOf(text)).toEqual([{ type: '$', frame: text }]);
  });

  it('a whole reply of a chunk in place', () => {
    const framer = new ReplyFramer();
    const chunk = bytesOf('+OK\r\n:1\r\n');
    framer.push(chunk);
    expect([framer.next(), framer.next()]).toEqual([true, true]);
    expect(framer.bytes).toBe(chunk);
    expect([framer.start, framer.end, framer.bufferedBytes]).toEqual([5, 9, 0]);
  });
});

describe('ReplyFramer gives a long reply in parts', () => {
  const long = `$900\r\n${'x'.repeat(900)}\r\n`;
  const bytes = bytesOf(`:1\r\n${long}+OK\r\n*1\r\n${long}${long}`);

  /** As a connection takes replies: whole ones, and parts of those that are cut. */
  function feedParts(chunks: readonly Uint8Array[], bytesMin: number): string[] {
    const framer = new ReplyFramer();
    const replies: string[] = [];
    let parts = '';
    const textAtHand = () => Buffer.from(framer.bytes.slice(framer.start, framer.end)).toString();
    for (const chunk of chunks) {
      framer.push(chunk.slice());
      if (framer.partLeftBytes > 0 && framer.nextPart()) parts += textAtHand();
      if (framer.partLeftBytes === 0) {
        if (parts !== '') replies.push(parts);
        parts = '';
        while (framer.next()) replies.push(textAtHand());
        if (framer.firstPart(bytesMin)) parts += textAtHand();
      }
      framer.keep();
    }
    return replies;
  }
  const want = [':1\r\n', long, '+OK\r\n', `*1\r\n${long}`, long];

  it('that are the reply together, wherever it is cut', () => {
    for (let at = 1; at < bytes.length; at++)
      expect(feedParts([...cutOnce(bytes, at), bytesOf('_')], 100)).toEqual(want);
    for (const size of [1, 2, 3, 7, 64, 905])
      expect(feedParts([...cut(bytes, [size]), bytesOf('_')], 100)).toEqual(want);
  });

  it('only from the given length on', () => {
    const framer = new ReplyFramer();
    framer.push(bytesOf('$900\r\nxx'));
    expect([framer.next(), framer.firstPart(909), framer.firstPart(908)]).toEqual([
      false,
      false,
      true,
    ]);
    expect(framer.partLeftBytes).toBe(900);
  });

  it.each(['XX', '\rX', 'X\n'])('and refuses it when it ends with %j', (end) => {
    const wrong = bytesOf(long.slice(0, -2) + end);
    for (let at = 7; at < wrong.length; at++)
      expect(() => feedParts(cutOnce(wrong, at), 100)).toThrow(ProtocolError);
  });

  it('of which one is missing when it ends wrongly', () => {
    const framer = new ReplyFramer();
    framer.push(bytesOf(long.slice(0, 100)));
    expect([framer.next(), framer.firstPart(100)]).toEqual([false, true]);
    framer.keep();
    framer.push(bytesOf(`${long.slice(100, -2)}XX`));
    expect(() => framer.nextPart()).toThrow(ProtocolError);
    expect(framer.partLeftBytes).toBeGreaterThan(0);
  });
});

describe('ReplyFramer finds the same replies wherever the bytes are cut', () => {
  const bytes = bytesOf(REPLIES.join('') + `*1\r\n$900\r\n${'x'.repeat(900)}\r\n+OK\r\n`);
  const want = feedReplies(new ReplyFramer(), [bytes.slice()]);

  it('at every place', () => {
    expect(want).toHaveLength(REPLIES.length + 2);
    for (let at = 1; at < bytes.length; at++)
      expect(feedReplies(new ReplyFramer(), cutOnce(bytes, at))).toEqual(want);
  });

  it('byte by byte', () => {
    expect(feedReplies(new ReplyFramer(), cut(bytes, [1]))).toEqual(want);
  });
});

describe('ReplyFramer refuses', () => {
  it.each([
    ['a type it does not know', 'OK\r\n', `got type "O"`],
    ['a streamed string', '$?\r\n', `got a streamed '$'`],
    ['a streamed array', '*?\r\n', `got a streamed '*'`],
    ['a streamed map', '%?\r\n', `got a streamed '%'`],
    ['a part of a streamed string', ';4\r\nabcd\r\n', 'got a part of a streamed type'],
    ['the end of a streamed array', '.\r\n', 'got a part of a streamed type'],
    ['a negative length', '$-2\r\n', `got length "-2" after '$'`],
    ['a null of a RESP3 type', '%-1\r\n', `got length "-1" after '%'`],
    ['an empty length', '*\r\n', `got length ""`],
    ['a length that is no number', '$1x\r\n', `got length "1x"`],
    ['a length without end', `$${'1'.repeat(40)}`, `got length "1111`],
    ['a payload of another length', '$1\r\nab\r\n', 'CRLF'],
    ['a line that ends with CR alone', '+OK\rx', 'CRLF'],
    ['a length that ends with CR alone', '$1\rx', 'CRLF'],
  ])('%s', (_name, text, want) => expect(messageOf(`+OK\r\n${text}`)).toContain(want));

  it('everything behind an error', () => {
    const framer = new ReplyFramer();
    framer.push(bytesOf('*2\r\n:1\r\nx'));
    expect(() => framer.next()).toThrow('got type "x"');
    framer.push(bytesOf('+OK\r\n'));
    expect(() => framer.next()).toThrow(ProtocolError);
  });
});

describe('ReplyFramer keeps its limits, at the limit and one beyond', () => {
  const nested = (levels: number): string => '*1\r\n'.repeat(levels);
  it.each([
    ['depth', `${nested(4)}:1\r\n`, { depthMax: 4 }, undefined],
    ['depth', `${nested(5)}:1\r\n`, { depthMax: 4 }, 'nested more than 4'],
    ['depth', `${nested(10_000)}:1\r\n`, {}, undefined],
    ['depth', `${nested(10_001)}:1\r\n`, {}, 'nested more than 10000'],
    ['elements', '*5\r\n', { elementsMax: 5 }, undefined],
    ['elements', '*6\r\n', { elementsMax: 5 }, 'got length 6'],
    ['elements of a map', '%3\r\n', { elementsMax: 5 }, 'got length 3'],
    ['bulk', '$5\r\nabcde\r\n', { bulkBytesMax: 5 }, undefined],
    ['bulk', '$6\r\n', { bulkBytesMax: 5 }, 'got length 6'],
    ['bulk', '$536870912\r\n', {}, undefined],
    ['bulk', '$536870913\r\n', {}, 'got length 536870913'],
    ['line', '+abcde\r\n', { bulkBytesMax: 5 }, undefined],
    ['line', '+abcdef', { bulkBytesMax: 5 }, 'line is longer'],
    ['reply', '*2\r\n:1\r\n:2\r\n', { replyBytesMax: 12 }, undefined],
    ['reply', '*2\r\n:1\r\n:2\r\n', { replyBytesMax: 11 }, 'longer than the limit'],
    ['reply', '*2\r\n$9\r\n', { replyBytesMax: 18 }, 'longer than the limit'],
  ])('%s: %j %j', (_name, text, limits, want) => {
    const message = messageOf(text, limits);
    if (want === undefined) expect(message).toBeUndefined();
    else expect(message).toContain(want);
  });
});

describe('ReplyFramer and hostile bytes', () => {
  const pieces = '*|$|%|~|>|!|=|,|#|_|(|-1|0|1|2|99999999999|\r\n|\r|\n|?|a|\0'.split('|');
  const hostile = fc
    .array(fc.oneof(fc.constantFrom(...pieces, '|'), fc.string({ maxLength: 3 })), {
      maxLength: 40,
    })
    .map((parts) => bytesOf(parts.join('')));
  const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 });
  const outcome = (chunks: readonly Uint8Array[]): unknown => {
    const replies: Framed[] = [];
    const framer = new ReplyFramer({ depthMax: 4, bulkBytesMax: 1000 });
    const error = refusal(() => {
      for (const chunk of chunks) replies.push(...feedReplies(framer, [chunk]));
    });
    return error?.message ?? replies;
  };

  it('ends in replies, waiting, or a ProtocolError: the same one for any chunking', () => {
    fc.assert(
      fc.property(hostile, sizes, (bytes, cuts) => {
        expect(outcome(cut(bytes, cuts))).toEqual(outcome([bytes.slice()]));
      }),
      { numRuns: 1000 },
    );
  });

  it('makes the decoder throw nothing but ProtocolErrors', () => {
    fc.assert(
      fc.property(hostile, (bytes) => {
        const decoder = new ReplyDecoder();
        decoder.push(bytes);
        refusal(() => {
          while (decoder.next() !== undefined);
        });
      }),
      { numRuns: 1000 },
    );
  });
});
