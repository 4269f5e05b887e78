import type { Registry } from 'prom-client';
import type { DataPlane } from '../workers/data-plane.ts';
import { addCounter, addGauge } from './metric.ts';

/** What is true of the proxy as a whole, whichever process serves its clients. */
export function addServiceMetrics(
  registry: Registry,
  plane: Pick<DataPlane, 'appliedVersion' | 'isServing' | 'lapses'>,
): void {
  addGauge(registry, 'topology_version', {
    help: 'Version in force, its holds settled, in every worker.',
    read: () => plane.appliedVersion,
  });
  addGauge(registry, 'serving', {
    help: '1 while a lease and a current topology allow serving.',
    read: () => (plane.isServing ? 1 : 0),
  });
  addCounter(registry, 'lease_lapses', {
    help: 'Times the lease lapsed.',
    read: () => plane.lapses,
  });
}
