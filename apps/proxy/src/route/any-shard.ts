import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import { GATE, type Routing } from './routing.ts';

/** For what all shards answer alike: one that answers at once, if any does. */
export function anyShard({ shards, shardGates }: Routing): ShardUpstream | undefined {
  const reachable = shards.filter((shard) => shard.isReachable());
  const isFree = (shard: ShardUpstream): boolean =>
    shard.busyError === null && shardGates[shards.indexOf(shard)] !== GATE.holdsAll;
  return reachable.find(isFree) ?? reachable[0] ?? shards[0];
}
