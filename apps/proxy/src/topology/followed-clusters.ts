/** The clusters of a proxy, each followed at its own upstream. */
import type { Logger, Running } from '@keyfleet/runtime';
import { addServiceMetrics } from '../admin/service-metrics.ts';
import { settingsOf, type ProxyConfig } from '../config/proxy-config.ts';
import { listenerNames } from '../listeners/listener-name.ts';
import { clusterLog } from '../workers/cluster-log.ts';
import type { DataPlanes, GoneCluster } from '../workers/data-planes.ts';
import { followUpstream } from './follow-upstream.ts';
import type { Followed } from './followed.ts';

export type FollowedEnv = {
  readonly log: Logger;
  readonly planes: Pick<DataPlanes, 'planes' | 'ports'>;
  /** Where others reach the proxy. */
  readonly host: string;
  readonly adminPort: number;
};

export class FollowedClusters implements Running {
  readonly #env: FollowedEnv;
  readonly #followed = new Map<string, Followed>();
  readonly #ending = new Set<Promise<void>>();

  constructor(env: FollowedEnv) {
    this.#env = env;
  }

  /** Follows the clusters of `config` that it does not follow yet, and tells the others of their settings. */
  follow(config: ProxyConfig): void {
    for (const cluster of config.clusters.keys()) {
      const followed = this.#followed.get(cluster);
      if (followed === undefined) this.#followed.set(cluster, this.#begin(config, cluster));
      else followed.change?.(settingsOf(config, cluster));
    }
  }

  /** A session is given back only when nothing of its cluster can be passed on any more. */
  leave({ cluster, drained }: GoneCluster): void {
    const followed = this.#followed.get(cluster);
    this.#followed.delete(cluster);
    const ended = drained.then(() => followed?.stop()).finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  /** Why the upstream of `cluster` is not found; empty: it is, or nothing is known of that. */
  failureOf(cluster: string): string {
    return this.#followed.get(cluster)?.failure?.() ?? '';
  }

  async stop(): Promise<void> {
    const stopping = [...this.#followed.values()].map((followed) => followed.stop());
    await Promise.all([...stopping, ...this.#ending]);
  }

  #begin(config: ProxyConfig, cluster: string): Followed {
    const { log, planes, host, adminPort } = this.#env;
    const plane = planes.planes.get(cluster)!;
    addServiceMetrics(plane.registry, plane);
    return followUpstream(settingsOf(config, cluster), {
      log: clusterLog(log, config, cluster),
      ...{ plane, host },
      ports: { port: portOf(config, planes.ports, cluster), adminPort },
    });
  }
}

/** The first that leads there. */
function portOf(
  { listeners, process }: ProxyConfig,
  ports: ReadonlyMap<string, number>,
  cluster: string,
): number {
  const names = listenerNames(listeners);
  const at = listeners.findIndex((listener) =>
    'users' in listener
      ? listener.users.some((user) => user.cluster === cluster)
      : listener.cluster === cluster,
  );
  return ports.get(names[at] ?? '') ?? process.port;
}
