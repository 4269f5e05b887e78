/**
 * Who has most, when every server of a shard restarted (cold start, protocol §3). Offsets mean nothing then: loading
 * an AOF restores neither offset nor replication id. So the leader writes a stamp through each primary about every
 * second, and whoever holds the greatest has at least everything that was written before it.
 */
import { z } from 'zod';

const StampText = z.object({ epoch: z.int().min(1), seq: z.int().min(1) });
export type Stamp = z.output<typeof StampText>;

export const STAMP_KEY = '__keyfleet:stamp';

/** What one life of a sealed server holds. */
export type Finding = {
  readonly runId: string;
  /** The published epoch when it was found: a later one had its chance to change the data. */
  readonly epoch: number;
  readonly stamp: Stamp | null;
  readonly keys: number;
};
export type Candidate = Finding & { readonly node: string; readonly ordinal: number };
export type Choice = { readonly winner: Candidate } | { readonly because: string };

/** `lastPrimary`: the node that was published last. Throws RangeError for no candidates. */
export function chooseWinner(candidates: readonly Candidate[], lastPrimary: string): Choice {
  const preferred = [...candidates].sort(
    (a, b) =>
      compareStamps(b.stamp, a.stamp) ||
      Number(b.node === lastPrimary) - Number(a.node === lastPrimary) ||
      a.ordinal - b.ordinal,
  );
  const winner = preferred[0];
  if (!winner) throw new RangeError('Cannot choose a primary: there are no candidates');
  if (winner.stamp) return { winner };
  const holder = candidates.find(({ node, keys }) => node !== winner.node && keys > 0);
  if (!holder) return { winner };
  const because = `no node has a stamp, and ${holder.node} holds ${holder.keys} keys beside the last primary ${lastPrimary}`;
  return { because };
}

/** Null: what is there is not a stamp of ours. */
export function parseStamp(text: string | null): Stamp | null {
  try {
    return text === null ? null : StampText.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function compareStamps(a: Stamp | null, b: Stamp | null): number {
  return (a?.epoch ?? 0) - (b?.epoch ?? 0) || (a?.seq ?? 0) - (b?.seq ?? 0);
}
