import { ApiClient, HttpControlPlane } from '@keyfleet/api';
import type { CreateStep, CreatingControlPlane } from '@keyfleet/lifecycle';
import type { PlatformRecord } from '@keyfleet/local-platform';
import type { Clock } from '@keyfleet/runtime';
import { apiUrls } from './commands.ts';
import type { Launch } from './launch.ts';
import { OperationRecord } from './operation-record.ts';
import { RedisClusterControl } from './redis-cluster/redis-cluster-control.ts';

export type Control = {
  readonly controlPlane: CreatingControlPlane;
  /** Tells it what is being done, where it wants to know. */
  readonly tell: (step: CreateStep, signal: AbortSignal) => Promise<void>;
};

/** What governs the servers: the configserver, or, for a Redis Cluster, they themselves. */
export function controlOf(launch: Launch, record: () => PlatformRecord, clock: Clock): Control {
  const { cluster, settings, spec } = launch;
  if (settings.upstream === 'redis-cluster') {
    const { addresses } = record();
    const hasServed = (): boolean => record().hasServed;
    return {
      controlPlane: new RedisClusterControl({ spec, addresses, clock, hasServed }),
      tell: () => Promise.resolve(),
    };
  }
  const client = new ApiClient(apiUrls(settings), fetch);
  const operation = new OperationRecord(client, cluster, clock);
  return {
    controlPlane: new HttpControlPlane(client, cluster),
    tell: (step, signal) => operation.write(step, signal),
  };
}
