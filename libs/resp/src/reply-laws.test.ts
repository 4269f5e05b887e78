/** What holds for any reply, with replies made at random. */
import fc from 'fast-check';
import RedisParser from 'redis-parser';
import { describe, expect, it } from 'vitest';
import { ReplyDecoder, decodeReply } from './decode.ts';
import { encode, encodeReply } from './encode.ts';
import { ReplyFramer } from './reply-framer.ts';
import { ErrorReply, type Reply } from './reply.ts';
import { firstElement, skipReply } from './split-array.ts';
import { concat, cut, feedReplies, textOf } from './testing/feeding.ts';

const word = fc.string({ maxLength: 12 }).map((text) => text.replace(/[\r\n]/g, ' '));

const scalarsOfBoth: fc.Arbitrary<Reply>[] = [
  fc.constant(null),
  fc.maxSafeInteger(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
  fc.string({ maxLength: 20, unit: 'binary' }),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Uint8Array.of(0xff, ...bytes)),
  word.map((text): Reply => ({ type: 'status', text })),
  word.map((text): Reply => new ErrorReply(`ERR ${text}`)),
];

const scalarsOf3: fc.Arbitrary<Reply>[] = [
  fc.boolean(),
  fc.bigInt({ min: 2n ** 63n, max: 2n ** 80n }),
  fc.double().map((value): Reply => ({ type: 'double', value })),
  fc.string({ maxLength: 20 }).map((text): Reply => ({ type: 'verbatim', format: 'txt', text })),
];

/** Replies that RESP2 can say. */
const anyReply2: fc.Arbitrary<Reply> = fc.letrec<{ reply: Reply }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    ...scalarsOfBoth,
    fc.array(tie('reply'), { maxLength: 5 }),
  ),
})).reply;

/** Replies that RESP3 can say, pushes only where they may be: at the top. */
const inner3: fc.Arbitrary<Reply> = fc.letrec<{ reply: Reply }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    ...scalarsOfBoth,
    ...scalarsOf3,
    fc.array(tie('reply'), { maxLength: 5 }),
    fc.array(fc.tuple(tie('reply'), tie('reply')), { maxLength: 4 }).map((all) => new Map(all)),
    fc.array(tie('reply'), { maxLength: 4 }).map((all) => new Set(all)),
  ),
})).reply;

const anyReply3: fc.Arbitrary<Reply> = fc.oneof(
  { weight: 6, arbitrary: inner3 },
  fc.array(inner3, { minLength: 1, maxLength: 4 }).map((items): Reply => ({ type: 'push', items })),
);

describe('any reply', () => {
  it('is decoded to what was encoded', () => {
    const law =
      (version: 2 | 3) =>
      (reply: Reply): void => {
        expect(decodeReply(encodeReply(reply, version))).toEqual(reply);
      };
    fc.assert(fc.property(anyReply2, law(2)));
    fc.assert(fc.property(anyReply3, law(3)));
  });

  it('is framed, among others, wherever the bytes are cut', () => {
    const stream = fc.array(
      anyReply3.map((reply) => encodeReply(reply, 3)),
      { maxLength: 8 },
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(stream, sizes, (frames, pieces) => {
        const got = feedReplies(new ReplyFramer(), cut(concat(frames), pieces));
        expect(got.map(({ frame }) => frame)).toEqual(frames.map((frame) => textOf(frame)));
      }),
    );
  });

  it('is found again in an array', () => {
    fc.assert(
      fc.property(fc.array(anyReply3), (replies) => {
        const frames = replies.map((reply) => encodeReply(reply, 3));
        const array = encode.array(frames);
        let at = firstElement(array, 0, frames.length);
        const found = frames.map(() => {
          const start = at;
          at = skipReply(array, start, array.length);
          return array.slice(start, at);
        });
        expect(found).toEqual(frames);
        expect(at).toBe(array.length);
      }),
    );
  });
});

describe('any RESP2 reply', () => {
  /** What redis-parser makes of a reply: it knows no bytes but buffers, and numbers as text. */
  const plain = (reply: Reply): unknown => {
    if (typeof reply === 'string') return textOf(new TextEncoder().encode(reply));
    if (typeof reply === 'number' || typeof reply === 'bigint') return String(reply);
    if (reply instanceof Uint8Array) return textOf(reply);
    if (reply instanceof ErrorReply) return new Error(reply.text);
    if (Array.isArray(reply)) return reply.map(plain);
    return reply !== null && typeof reply === 'object' && 'text' in reply
      ? textOf(new TextEncoder().encode(reply.text))
      : reply;
  };
  const seen = (reply: unknown): unknown => {
    if (reply instanceof Error) return new Error(reply.message);
    if (reply instanceof Uint8Array) return textOf(reply);
    return Array.isArray(reply) ? reply.map(seen) : reply;
  };

  it('is what redis-parser reads', () => {
    fc.assert(
      fc.property(fc.array(anyReply2, { maxLength: 6 }), (replies) => {
        const bytes = concat(replies.map((reply) => encodeReply(reply, 2)));
        const theirs: unknown[] = [];
        const parser = new RedisParser({
          returnReply: (reply) => theirs.push(seen(reply)),
          returnError: (error) => theirs.push(seen(error)),
          returnBuffers: true,
          stringNumbers: true,
        });
        if (bytes.length > 0) parser.execute(Buffer.from(bytes));
        const decoder = new ReplyDecoder();
        decoder.push(bytes);
        const ours = replies.map(() => plain(decoder.next()!));
        expect(ours).toEqual(theirs);
        expect(decoder.next()).toBeUndefined();
      }),
    );
  });
});
