/** What a scrape asks for is read from the caches then; only what passes is counted. */
import type { RedisCluster } from '@keyfleet/kube';
import { Counter, Gauge, Registry } from 'prom-client';

export type MetricsSources = {
  readonly clusters: () => readonly RedisCluster[];
  readonly isLeader: () => boolean;
  readonly queue: () => { readonly length: number; readonly oldestWaitMs: number };
};

export type Metrics = {
  readonly registry: Registry;
  /** `outcome`: done, failed. */
  readonly looks: Counter<'outcome'>;
};

export function createMetrics({ clusters, isLeader, queue }: MetricsSources): Metrics {
  const registry = new Registry();
  const gauge = (name: string, help: string, valueOf: () => number): void => {
    new Gauge({
      name: `keyfleet_operator_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(valueOf());
      },
    });
  };
  gauge('leads', 'Whether this operator leads.', () => Number(isLeader()));
  gauge('queue_length', 'Clusters that wait for a look.', () => queue().length);
  gauge(
    'queue_wait_seconds',
    'How long the first of them has waited.',
    () => queue().oldestWaitMs / 1000,
  );
  new Gauge({
    name: 'keyfleet_operator_clusters',
    help: 'RedisClusters by phase.',
    labelNames: ['phase'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { status } of clusters()) this.inc({ phase: status?.phase ?? 'Unseen' });
    },
  });
  const looks = new Counter({
    name: 'keyfleet_operator_looks_total',
    help: 'Looks at a cluster, each with at most one step.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  return { registry, looks };
}
