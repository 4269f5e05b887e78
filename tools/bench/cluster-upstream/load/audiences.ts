import { distributeSlots } from '@keyfleet/topology';
import type { RedisCluster } from '@keyfleet/testkit';
import { SERVERS, type Contender } from '../contenders.ts';
import { clientPlans, type ClientPlan } from './client-plan.ts';
import type { Audience } from './crowd.ts';

const SERVERS_ASKED_EVERY_MS = 20;

/** Of each contender alike, and of the servers themselves. */
export function audiencesOf(
  contenders: readonly Contender[],
  cluster: RedisCluster,
  shards: number,
): Audience[] {
  const slots = distributeSlots(shards);
  const proxied = contenders.map(({ name, address }) => ({
    candidate: name,
    clients: clientPlans(slots, name.replaceAll(/\W+/g, '-')).map((plan) => ({ address, plan })),
    ignoresFailures: false,
  }));
  return [...proxied, { ...serversAudience(cluster, slots), ignoresFailures: true }];
}

/** A shard's keys are asked for at every node: whoever has them answers, also when that changes. */
function serversAudience(cluster: RedisCluster, slots: readonly string[]) {
  const clients = cluster.nodes.flatMap(({ host, port }, n) =>
    clientPlans(slots, `node-${n}`)
      .filter(({ kind }) => kind === 'probe')
      .map((plan): { address: { host: string; port: number }; plan: ClientPlan } => ({
        address: { host, port },
        plan: { ...plan, everyMs: SERVERS_ASKED_EVERY_MS },
      })),
  );
  return { candidate: SERVERS, clients };
}
