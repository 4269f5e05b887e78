/**
 * When a replica may be read (protocol F11): its link to this primary was seen up, *after that* an offset was sampled
 * at the primary, and the replica has reached it. Else a replica that is about to start a full sync would count.
 * It stays readable over a short loss of the link, not over a restart.
 */
import { infoOf } from './diagnose.ts';
import type { NodeView, ShardView } from './cluster-view.ts';
import type { ServerInfo } from '../observe/server-info.ts';

export type SyncState = {
  readonly runId: string;
  readonly primaryRunId: string;
  /** Null: the link was seen up, the primary's offset is to be sampled at the next look. */
  readonly targetOffset: number | null;
  readonly isCaughtUp: boolean;
  readonly lastLinkedMs: number;
};

const LINK_GRACE_MS = 5000;

/** The states after one more look at all nodes; a replica that is in none is not on its way. */
export function trackSync(
  before: ReadonlyMap<string, SyncState>,
  shard: Pick<ShardView, 'record' | 'nodes'>,
  nowMs: number,
): Map<string, SyncState> {
  const after = new Map<string, SyncState>();
  const primary = shard.nodes.find((node) => node.id === shard.record?.primary?.node);
  for (const node of shard.nodes) {
    if (!primary || node === primary) continue;
    const known = before.get(node.id) ?? recorded(shard, node, nowMs);
    const state = trackOne(known, node, { primary, runId: shard.record!.primary!.runId, nowMs });
    if (state) after.set(node.id, state);
  }
  return after;
}

/** A new leader takes over what its predecessor published. */
function recorded(
  { record }: Pick<ShardView, 'record'>,
  node: NodeView,
  nowMs: number,
): SyncState | undefined {
  const entry = record?.readable.find(({ node: id }) => id === node.id);
  if (!entry || !record?.primary) return undefined;
  const { runId } = entry;
  const primaryRunId = record.primary.runId;
  return { runId, primaryRunId, targetOffset: 0, isCaughtUp: true, lastLinkedMs: nowMs };
}

type At = { primary: NodeView; runId: string; nowMs: number };

function trackOne(known: SyncState | undefined, node: NodeView, at: At): SyncState | undefined {
  const info = infoOf(node);
  const source = infoOf(at.primary);
  const valid = isValid(known, info, at) ? known : undefined;
  if (info && source?.runId === at.runId && isLinked(info, source, at.primary)) {
    return follow(valid, info, source, at);
  }
  return valid && at.nowMs - valid.lastLinkedMs <= LINK_GRACE_MS ? valid : undefined;
}

/** Of these two lives, as far as one can see. */
function isValid(known: SyncState | undefined, info: ServerInfo | undefined, at: At): boolean {
  if (known?.primaryRunId !== at.runId) return false;
  return !info || info.runId === known.runId;
}

function follow(
  known: SyncState | undefined,
  info: ServerInfo,
  source: ServerInfo,
  { runId: primaryRunId, nowMs }: At,
): SyncState {
  const { runId } = info;
  if (!known) {
    return { runId, primaryRunId, targetOffset: null, isCaughtUp: false, lastLinkedMs: nowMs };
  }
  const targetOffset = known.targetOffset ?? source.offset;
  const isCaughtUp = known.isCaughtUp || info.offset >= targetOffset;
  return { runId, primaryRunId, targetOffset, isCaughtUp, lastLinkedMs: nowMs };
}

function isLinked(info: ServerInfo, source: ServerInfo, primary: NodeView): boolean {
  if (info.role !== 'replica' || !info.isLinkUp || info.isSyncing || info.isLoading) return false;
  const isOfPrimary = info.master?.host === primary.host && info.master.port === primary.port;
  return isOfPrimary && source.role === 'primary' && info.replId === source.replId;
}
