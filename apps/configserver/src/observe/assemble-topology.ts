/** The published topology, put together from the records that it is spread over (libs/store, records.ts). */
import type { Topology, TopologyShard } from '@keyfleet/topology';
import type { ClusterState, NodeRecord, ShardRecord } from './store-state.ts';

/** Undefined: nothing was published yet, or a record cannot be read. */
export function assembleTopology(state: ClusterState): Topology | undefined {
  const { topology, broken, shards } = state;
  if (!topology || broken.size > 0) return undefined;
  const nodes = nodesByShard(state);
  return {
    cluster: state.name,
    version: topology.value.version,
    shards: [...shards.values()]
      .map(({ value }) => assembleShard(value, nodes.get(value.id) ?? []))
      .sort((a, b) => compareIds(a.id, b.id)),
    holds: topology.value.holds,
  };
}

const assembled = new WeakMap<ClusterState, Topology | undefined>();

/** The same, remembered: every waiter of a long poll asks for it. */
export function topologyOf(state: ClusterState): Topology | undefined {
  if (!assembled.has(state)) assembled.set(state, assembleTopology(state));
  return assembled.get(state);
}

/** A shard's registered nodes by ordinal. */
export function nodesByShard({ nodes }: ClusterState): Map<string, NodeRecord[]> {
  const byShard = new Map<string, NodeRecord[]>();
  for (const { value } of nodes.values()) {
    const members = byShard.get(value.shard);
    if (members) members.push(value);
    else byShard.set(value.shard, [value]);
  }
  for (const members of byShard.values()) members.sort((a, b) => a.ordinal - b.ordinal);
  return byShard;
}

/** `shard-2` before `shard-10`. */
export function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

function assembleShard(shard: ShardRecord, nodes: readonly NodeRecord[]): TopologyShard {
  const { id, slots, epoch } = shard;
  const primary = nodes.find((node) => node.id === shard.primary?.node);
  return {
    id,
    slots,
    epoch,
    primary: primary ? { ...addressed(primary), runId: shard.primary!.runId } : null,
    replicas: nodes.filter((node) => node !== primary).map((node) => assembleReplica(shard, node)),
  };
}

function assembleReplica(shard: ShardRecord, node: NodeRecord): TopologyShard['replicas'][number] {
  const inSync = shard.readable.find((entry) => entry.node === node.id);
  return { ...addressed(node), runId: inSync?.runId ?? '', readable: inSync !== undefined };
}

function addressed({ id, host, port }: NodeRecord): { id: string; host: string; port: number } {
  return { id, host, port };
}
