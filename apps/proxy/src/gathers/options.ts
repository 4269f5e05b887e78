/** What comes behind the keys: WEIGHTS, AGGREGATE, WITHSCORES, LIMIT. Errors are Redis' own (t_zset.c, t_set.c). */
import { encode, type RequestView } from '@keyfleet/resp';
import { argumentText } from '../route/refusals.ts';
import { errors } from '../route/replies.ts';
import type { Aggregate } from './scores.ts';

export type Options = {
  /** Of each key; empty: all are 1. */
  weights: readonly number[];
  aggregate: Aggregate;
  withScores: boolean;
  /** 0: none. */
  limit: number;
};

export type OptionName = 'weights' | 'aggregate' | 'withscores' | 'limit';

const WRONG_WEIGHT = encode.errorReply('ERR weight value is not a float');
const WRONG_LIMIT = encode.errorReply("ERR LIMIT can't be negative");

/** The options of a request from argument `at` on, of which `allowed` are known; or the error. */
export function readOptions(
  request: RequestView,
  at: number,
  keyCount: number,
  allowed: readonly OptionName[],
): Options | Uint8Array {
  const options: Options = { weights: [], aggregate: 'sum', withScores: false, limit: 0 };
  while (at < request.count) {
    const name = allowed.find((word) => word === argumentText(request, at).toLowerCase());
    if (name === undefined) return errors.syntax;
    const { length, read } = readers[name];
    const count = length(keyCount);
    if (at + count >= request.count) return errors.syntax;
    const values = Array.from({ length: count }, (_, i) => argumentText(request, at + 1 + i));
    const error = read(values, options);
    if (error !== null) return error;
    at += 1 + count;
  }
  return options;
}

type Reader = {
  /** How many values it has. */
  length: (keyCount: number) => number;
  read: (values: readonly string[], into: Options) => Uint8Array | null;
};

const readers: Readonly<Record<OptionName, Reader>> = {
  weights: {
    length: (keyCount) => keyCount,
    read: (values, into) => {
      into.weights = values.map(floatOf);
      return into.weights.some(Number.isNaN) ? WRONG_WEIGHT : null;
    },
  },
  aggregate: {
    length: () => 1,
    read: ([value], into) => {
      const chosen = (['sum', 'min', 'max'] as const).find((word) => word === value?.toLowerCase());
      into.aggregate = chosen ?? 'sum';
      return chosen === undefined ? errors.syntax : null;
    },
  },
  withscores: {
    length: () => 0,
    read: (_values, into) => {
      into.withScores = true;
      return null;
    },
  },
  limit: {
    length: () => 1,
    read: ([value = ''], into) => {
      into.limit = Number(value);
      return /^(0|[1-9]\d{0,18})$/.test(value) ? null : WRONG_LIMIT;
    },
  },
};

/** As strtod reads it, but for hexadecimals; NaN: it is none, or beyond the range (object.c `getDoubleFromObject`). */
function floatOf(text: string): number {
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return NaN;
  const value = Number(text);
  const isLost = value === 0 && /[1-9]/.test(text.replace(/e.*$/i, ''));
  return Number.isFinite(value) && !isLost ? value : NaN;
}
