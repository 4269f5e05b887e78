import type { Reply } from '@keyfleet/resp';

/** What a node says of its own knowledge (CLUSTER INFO). */
export type Standing = {
  /** It reaches most primaries, and knows an owner of each slot, if the cluster wants that. */
  readonly isOk: boolean;
  /** The highest that it heard of: it grows with each failover, and each slot that moved. */
  readonly epoch: number;
};

/** Null: it may not, or cannot, say so. */
export function readClusterInfo(reply: Reply): Standing | null {
  const text = typeof reply === 'string' ? reply : '';
  const state = /^cluster_state:(\w+)/m.exec(text)?.[1];
  const epoch = /^cluster_current_epoch:(\d+)/m.exec(text)?.[1];
  return state === undefined ? null : { isOk: state === 'ok', epoch: Number(epoch ?? 0) };
}
