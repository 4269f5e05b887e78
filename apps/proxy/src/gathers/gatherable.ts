/** The commands that can be gathered over slots: how each key is read, and what is made of what was read. */
import { encode, type RequestView } from '@keyfleet/resp';
import type { GatherName } from './gather-names.ts';
import { scoresOf, stringOf, type KeyRead, type ReadCommand } from './key-read.ts';
import { readOptions, type OptionName, type Options } from './options.ts';
import { inOrder, intersect, subtract, unite, type Operand, type Scores } from './scores.ts';
import { listReply, scoredReply, setReply, type ReplyStyle } from './set-replies.ts';
import { estimate, mergeSketch, newRegisters } from './sketch.ts';

/** A type of value: the command that tells its size, and the one that reads it. */
export type Reading = {
  readonly size: 'SCARD' | 'ZCARD' | 'STRLEN';
  readonly read: ReadCommand;
};

/** The reply to the client, from what was read of each key of its request. */
export type Combine = (reads: readonly KeyRead[], style: ReplyStyle) => Uint8Array;

export type Gatherable = {
  /** The types that a key may have. */
  readonly readings: readonly Reading[];
  /** Sizes are bytes, not elements. */
  readonly isOfBytes: boolean;
  /** Reads what is behind the keys; or the error. `last` is the argument of the last key. */
  readonly combine: (request: RequestView, last: number, keyCount: number) => Combine | Uint8Array;
};

const SET: Reading = { size: 'SCARD', read: 'SMEMBERS' };
const SORTED_SET: Reading = { size: 'ZCARD', read: 'ZRANGE' };
const STRING: Reading = { size: 'STRLEN', read: 'GET' };

const NO_SKETCH = encode.errorReply('WRONGTYPE Key is not a valid HyperLogLog string value.');
const CORRUPTED = encode.errorReply('INVALIDOBJ Corrupted HLL object detected');

type Operation = (operands: readonly Operand[], options: Options) => Scores;

const union: Operation = (operands, { aggregate }) => unite(operands, aggregate);
const intersection: Operation = (operands, { aggregate }) => intersect(operands, aggregate);
const difference: Operation = (operands) => subtract(operands);

export const gatherable = {
  sunion: ofSets(union),
  sinter: ofSets(intersection),
  sdiff: ofSets(difference),
  sintercard: counted([SET], ['limit']),
  zunion: ofSortedSets(union, ['weights', 'aggregate', 'withscores']),
  zinter: ofSortedSets(intersection, ['weights', 'aggregate', 'withscores']),
  zdiff: ofSortedSets(difference, ['withscores']),
  zintercard: counted([SORTED_SET, SET], ['limit']),
  pfcount: { readings: [STRING], isOfBytes: true, combine: () => countOfSketches },
} as const satisfies Readonly<Record<GatherName, Gatherable>>;

function ofSets(operation: Operation): Gatherable {
  return withOptions([SET], [], operation, (scores, _options, style) =>
    setReply(scores.keys(), scores.size, style),
  );
}

function ofSortedSets(operation: Operation, allowed: readonly OptionName[]): Gatherable {
  return withOptions([SORTED_SET, SET], allowed, operation, (scores, { withScores }, style) => {
    const ordered = inOrder(scores);
    return withScores ? scoredReply(ordered, style) : listReply(ordered.map(([member]) => member));
  });
}

function counted(readings: readonly Reading[], allowed: readonly OptionName[]): Gatherable {
  return withOptions(readings, allowed, intersection, ({ size }, { limit }) =>
    encode.integer(limit > 0 ? Math.min(size, limit) : size),
  );
}

function withOptions(
  readings: readonly Reading[],
  allowed: readonly OptionName[],
  operation: Operation,
  replyOf: (scores: Scores, options: Options, style: ReplyStyle) => Uint8Array,
): Gatherable {
  return {
    readings,
    isOfBytes: false,
    combine: (request, last, keyCount) => {
      const options = readOptions(request, last + 1, keyCount, allowed);
      if (options instanceof Uint8Array) return options;
      return (reads, style) =>
        replyOf(operation(operandsOf(reads, options), options), options, style);
    },
  };
}

/** A key that is named twice was read once. */
function operandsOf(reads: readonly KeyRead[], { weights }: Options): Operand[] {
  const decoded = new Map<KeyRead, Scores>();
  return reads.map((read, i) => {
    const scores = decoded.get(read) ?? scoresOf(read);
    decoded.set(read, scores);
    return { scores, weight: weights[i] ?? 1 };
  });
}

function countOfSketches(reads: readonly KeyRead[]): Uint8Array {
  const registers = newRegisters();
  for (const read of reads) {
    const text = stringOf(read);
    const merge = text === null ? 'merged' : mergeSketch(registers, text);
    if (merge !== 'merged') return merge === 'noSketch' ? NO_SKETCH : CORRUPTED;
  }
  return encode.integer(estimate(registers));
}
