import type { RedisClusterStatus } from '../redis-cluster-status.ts';

const NOW = '2026-11-22T01:02:03Z';
const conditions = [
  'Ready',
  'Progressing',
  'SlotsCovered',
  'ReplicasSynced',
  'ProxiesReady',
  'ControlPlaneHealthy',
  'UpToDate',
];

/** Every field, and texts as long as the operator makes them. */
export function statusOf(shards: number): RedisClusterStatus {
  const message = 'x'.repeat(200);
  return {
    observedGeneration: 1,
    phase: 'Degraded',
    message,
    conditions: conditions.map((type) => ({
      type,
      status: 'False',
      observedGeneration: 1,
      lastTransitionTime: NOW,
      reason: 'Tried',
      message,
    })),
    operation: {
      type: 'Repair',
      step: 'waitForReplication',
      since: NOW,
      blockedBy: message,
      lastError: message,
    },
    shards: { desired: shards, ready: 0, summary: `0/${shards}` },
    proxies: { wanted: 1000, ready: 1000 },
    topologyVersion: Number.MAX_SAFE_INTEGER,
    endpoint: 'orders-proxy.default.svc:7480',
    selector: 'keyfleet.dev/cluster=orders,app.kubernetes.io/component=server',
    shardStatus: Array.from({ length: shards }, (_, shard) => ({
      name: `shard-${shard}`,
      // 16 slots each, none beside another: no topology is worse.
      slots: Array.from({ length: 16 }, (_, slot) => shard + 1024 * slot).join(','),
      primary: `shard-${shard}-0`,
      syncedReplicas: 5,
      message,
    })),
  };
}
