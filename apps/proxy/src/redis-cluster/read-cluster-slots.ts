/** The reply to CLUSTER SLOTS (every Redis Cluster): ranges of slots, each with its primary and its replicas. */
import { ProtocolError, type Reply } from '@keyfleet/resp';
import { formatSlots } from '@keyfleet/slots';
import { textOf } from '../wide/fields.ts';
import type { ClusterNode, ClusterView, Reached } from './cluster-view.ts';
import { hostOf } from './node-host.ts';

type Range = { readonly start: number; readonly end: number };
type Found = {
  readonly ranges: Range[];
  readonly primary: ClusterNode;
  readonly replicas: readonly ClusterNode[];
};

/** Throws ProtocolError for a reply of another form. */
export function readClusterSlots(reply: Reply, reached: Reached): ClusterView {
  const found = new Map<string, Found>();
  for (const entry of listOf(reply)) {
    const [start, end, ...nodes] = listOf(entry);
    const [primary, ...replicas] = nodes.map((node) => nodeOf(listOf(node), reached));
    if (primary === undefined) continue;
    const shard = found.get(primary.id) ?? { ranges: [], primary, replicas };
    shard.ranges.push({ start: Number(start), end: Number(end) });
    found.set(primary.id, shard);
  }
  return [...found.values()].map(({ ranges, primary, replicas }) => ({
    slots: formatSlots(ranges),
    primary,
    replicas,
  }));
}

/** Nodes that failed are not listed. Redis before 4.0 tells no ids: that is another form. */
function nodeOf([endpoint, port, id, details]: readonly Reply[], reached: Reached): ClusterNode {
  const host = hostOf(endpoint, ipOf(details), reached);
  return { id: textOf(id ?? null), host, port: Number(port), isHealthy: true };
}

/** Redis 7 lists what else it is known by: names and values in turns. */
function ipOf(details: Reply | undefined): Reply | undefined {
  if (details instanceof Map) return (details as ReadonlyMap<Reply, Reply>).get('ip');
  if (!Array.isArray(details)) return undefined;
  const at = details.indexOf('ip');
  return at === -1 ? undefined : (details as readonly Reply[])[at + 1];
}

function listOf(reply: Reply | undefined): readonly Reply[] {
  if (!Array.isArray(reply)) throw new ProtocolError('Cannot read CLUSTER SLOTS: want a list');
  return reply as readonly Reply[];
}
