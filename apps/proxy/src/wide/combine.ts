/** One reply of several shards', by Redis' response policies ("command tips"). */
import type { Command } from '@keyfleet/commands';
import { decodeReply, encodeReply, ProtocolError, type Reply } from '@keyfleet/resp';
import type { RespVersion } from '@keyfleet/resp';

type Fold = (a: number, b: number) => number;

const folds: Readonly<Record<string, Fold>> = {
  agg_sum: (a, b) => a + b,
  agg_min: (a, b) => Math.min(a, b),
  agg_max: (a, b) => Math.max(a, b),
  agg_logical_and: (a, b) => Number(a !== 0 && b !== 0),
  agg_logical_or: (a, b) => Number(a !== 0 || b !== 0),
};

/** `replies`: at least one, none of them an error. Without numbers to fold, the first speaks for all. */
export function combine(
  policy: Command['responsePolicy'],
  replies: readonly Uint8Array[],
  version: RespVersion,
): Uint8Array {
  const fold = folds[policy ?? ''];
  if (fold === undefined) return replies[0]!;
  const folded = replies.map((reply) => decodeReply(reply)).reduce((a, b) => foldBoth(fold, a, b));
  return encodeReply(folded, version);
}

/** Numbers, or arrays of them element by element. */
function foldBoth(fold: Fold, a: Reply, b: Reply): Reply {
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length)
    return a.map((item: Reply, i) => foldBoth(fold, item, b[i] as Reply));
  if (typeof a === 'number' && typeof b === 'number') return fold(a, b);
  throw new ProtocolError('Cannot combine replies: they have several forms, want numbers');
}
