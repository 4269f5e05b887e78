/** A whole cluster: nothing is founded before all nodes answer, nothing is published before every shard has its primary. */
import { diagnose, silenceOf } from './diagnose.ts';
import { planShard } from './plan-shard.ts';
import type { ClusterStep, ClusterView, ShardStep, ShardView } from './cluster-view.ts';

export function planCluster(view: ClusterView): ClusterStep {
  const { cluster, broken, isPublished, shards } = view;
  if (broken.length > 0) return whole('block', broken[0]!);
  if (!cluster) return whole('block', 'the cluster has records but no spec');
  if (!isPublished) {
    const missing = missingForFounding(view);
    if (missing !== undefined) return whole('wait', missing);
    const isReady = shards.every((shard) => diagnose(shard) === 'primaryServes');
    if (isReady) return whole('publish', `all ${shards.length} shards have their primary`);
    return combined(foundTogether(shards));
  }
  return combined(shards.map(planShard));
}

/** Once any shard is founded a silent node concerns only its own shard. */
function missingForFounding({ shards }: ClusterView): string | undefined {
  if (shards.some((shard) => shard.record)) return undefined;
  const registered = shards.reduce((sum, shard) => sum + shard.nodes.length, 0);
  const expected = shards.reduce((sum, shard) => sum + shard.nodesExpected, 0);
  if (registered < expected) return `${registered} of ${expected} nodes are registered`;
  return silenceOf(shards.flatMap((shard) => shard.nodes));
}

/** One shard that must not be founded keeps the others from it: half a cluster helps nobody. */
function foundTogether(shards: readonly ShardView[]): ShardStep[] {
  const steps = shards.map(planShard);
  const isBegun = shards.some((shard) => shard.record);
  const blocked = steps.filter((step) => step.do === 'block');
  return isBegun || blocked.length === 0 ? steps : blocked;
}

function combined(steps: readonly ShardStep[]): ClusterStep {
  const shards = steps.filter((step) => step.do !== 'nothing');
  const act = shards.find((step) => step.do !== 'wait' && step.do !== 'block');
  const first = act ?? shards.find((step) => step.do === 'block') ?? shards[0];
  if (!first) return whole('nothing', `all ${steps.length} shards are whole`);
  const kind = act ? 'change' : (first.do as 'wait' | 'block');
  const others = shards.length > 1 ? ` (and ${shards.length - 1} other shards)` : '';
  return { do: kind, because: `${first.shard}: ${first.because}${others}`, shards };
}

function whole(kind: Exclude<ClusterStep['do'], 'change'>, because: string): ClusterStep {
  return { do: kind, because, shards: [] };
}
