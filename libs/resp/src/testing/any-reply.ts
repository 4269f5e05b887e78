/** Replies for property tests. */
import fc from 'fast-check';
import { ErrorReply, type Reply } from '../reply.ts';

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
export const anyReply2: fc.Arbitrary<Reply> = fc.letrec<{ reply: Reply }>((tie) => ({
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

export const anyReply3: fc.Arbitrary<Reply> = fc.oneof(
  { weight: 6, arbitrary: inner3 },
  fc.array(inner3, { minLength: 1, maxLength: 4 }).map((items): Reply => ({ type: 'push', items })),
);
