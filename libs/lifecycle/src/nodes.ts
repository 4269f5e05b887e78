import type { ClusterSpec } from './manifest.ts';

/** A node's place in its cluster: `shard-0-1` is ordinal 1 of `shard-0`; ordinal 0 is the first primary (design §3). */
export type NodePlace = { readonly id: string; readonly shard: string; readonly ordinal: number };

/** Every node that a spec asks for, shard by shard. */
export function nodesOf(spec: Pick<ClusterSpec, 'shards' | 'replicasPerShard'>): NodePlace[] {
  return Array.from({ length: spec.shards }, (_shard, shardIndex) =>
    Array.from({ length: spec.replicasPerShard + 1 }, (_node, ordinal) => ({
      id: `shard-${shardIndex}-${ordinal}`,
      shard: `shard-${shardIndex}`,
      ordinal,
    })),
  ).flat();
}
