/** A view of a Redis Cluster as a topology: then the data path need not know where a topology comes from. */
import { SLOT_COUNT } from '@keyfleet/slots';
import { slotsOf, type Topology, type TopologyNode, type TopologyShard } from '@keyfleet/topology';
import { nodesOf, type ClusterNode, type ClusterShard, type ClusterView } from './cluster-view.ts';

/**
 * The next version, or `former` when nothing changed. A shard keeps its id over failovers: it is the one with which it
 * shares a node. What is not said is which life of a node is meant (`runId` is empty): the nodes of a Redis Cluster
 * refuse what is not theirs.
 */
export function topologyOfView(
  cluster: string,
  view: ClusterView,
  former: Topology | null,
): Topology {
  const before = former?.shards ?? [];
  // The order of a reply is any; that of the slots is what people expect.
  const inOrder = view.toSorted((a, b) => firstSlot(a) - firstSlot(b));
  const ids = shardIds(inOrder, before);
  const shards = inOrder.map((shard, at) => shardOf(ids[at]!, shard, before));
  shards.sort((a, b) => numberOf(a.id) - numberOf(b.id));
  const isSame = former !== null && JSON.stringify(before) === JSON.stringify(shards);
  return isSame ? former : { cluster, version: (former?.version ?? 0) + 1, shards, holds: [] };
}

/** Of the view's shards, in their order; new ones get the lowest that are free. */
function shardIds(view: ClusterView, former: readonly TopologyShard[]): string[] {
  const byNode = new Map<string, string>();
  for (const { id, primary, replicas } of former)
    for (const node of [primary, ...replicas]) if (node !== null) byNode.set(node.id, id);
  const taken = new Set<string>();
  const kept = view.map((shard) => {
    const id = nodesOf(shard)
      .map((node) => byNode.get(node.id))
      .find((known) => known !== undefined && !taken.has(known));
    if (id !== undefined) taken.add(id);
    return id;
  });
  let next = 0;
  return kept.map((id) => {
    if (id !== undefined) return id;
    while (taken.has(`shard-${next}`)) next++;
    return `shard-${next++}`;
  });
}

function shardOf(
  id: string,
  { slots, primary, replicas }: ClusterShard,
  former: readonly TopologyShard[],
): TopologyShard {
  const before = former.find((shard) => shard.id === id);
  const isChanged = before !== undefined && before.primary?.id !== primary.id;
  return {
    id,
    slots,
    epoch: (before?.epoch ?? 0) + (isChanged ? 1 : 0),
    primary: nodeOf(primary),
    replicas: replicas
      .map((replica) => ({ ...nodeOf(replica), readable: replica.isHealthy }))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

function nodeOf({ id, host, port }: ClusterNode): TopologyNode {
  return { id, host, port, runId: '' };
}

function firstSlot({ slots }: ClusterShard): number {
  return slotsOf(slots)[0]?.start ?? SLOT_COUNT;
}

function numberOf(shardId: string): number {
  return Number(shardId.slice('shard-'.length));
}
