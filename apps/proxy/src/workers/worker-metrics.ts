import { Counter, type Registry } from 'prom-client';
import { addGauge } from '../admin/metric.ts';

type Place = { readonly index: number; readonly worker: object | null; readonly restarts: number };

export function addWorkerMetrics(registry: Registry, places: readonly Place[]): void {
  addGauge(registry, 'workers', {
    help: 'Workers that run.',
    read: () => places.filter(({ worker }) => worker !== null).length,
  });
  new Counter({
    name: 'keyfleet_proxy_worker_restarts_total',
    help: 'Workers that were started in the place of one that ended.',
    labelNames: ['worker'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { index, restarts } of places) this.inc({ worker: String(index) }, restarts);
    },
  });
}
