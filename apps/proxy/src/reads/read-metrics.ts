import { Counter, Gauge, type Registry } from 'prom-client';
import type { ReplicaReads } from './replica-reads.ts';

export function addReadMetrics(registry: Registry, reads: Pick<ReplicaReads, 'shards'>): void {
  new Counter({
    name: 'keyfleet_proxy_reads_total',
    help: 'Reads of clients that may read from replicas, by the server that they were sent to.',
    labelNames: ['role', 'node'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { shard, replicas, primaryReads } of reads.shards) {
        const node = shard.target?.id;
        if (node !== undefined && primaryReads > 0)
          this.inc({ role: 'primary', node }, primaryReads);
        for (const replica of replicas)
          if (replica.reads > 0)
            this.inc({ role: 'replica', node: replica.node.id }, replica.reads);
      }
    },
  });
  new Gauge({
    name: 'keyfleet_proxy_replicas_fit',
    help: 'Replicas that may be read now: linked, within the bounds, answering. Those of shards that are not read from are not asked.',
    aggregator: 'max',
    registers: [registry],
    collect() {
      this.set(reads.shards.reduce((sum, { fitCount }) => sum + fitCount, 0));
    },
  });
}
