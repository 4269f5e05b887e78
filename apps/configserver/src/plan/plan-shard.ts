/** One shard: diagnosis → remedy, once (style §4). All pure: who acts is act/. */
import { diagnose, infoOf, type Diagnosis } from './diagnose.ts';
import { planFounding, planPromotion, planRecovery, waitFor } from './plan-promotion.ts';
import { planReplicas } from './plan-replicas.ts';
import type { ShardStep, ShardView } from './cluster-view.ts';

const remedies = {
  unfounded: planFounding,
  promotionPending: planPromotion,
  // The place of probing and failover (protocol §3, F1 …; issue K6). Until then a primary that is not restarted is
  // waited for: one silent look is no proof of death, and promoting without proof loses writes.
  primarySilent: (shard) => waitFor(shard, `the primary ${silentPrimary(shard)}`),
  primaryRestarted: planRecovery,
  primaryDemoted: planRecovery,
  primaryServes: planReplicas,
} as const satisfies Record<Diagnosis, (shard: ShardView) => ShardStep>;

export function planShard(shard: ShardView): ShardStep {
  return remedies[diagnose(shard)](shard);
}

function silentPrimary({ record, nodes }: ShardView): string {
  const { node: id } = record!.primary!;
  const node = nodes.find((each) => each.id === id);
  if (!node) return `${id} is not registered`;
  const { observation } = node;
  return infoOf(node)
    ? `${id} answers`
    : `${id} does not answer (${(observation as { fault: string }).fault})`;
}
