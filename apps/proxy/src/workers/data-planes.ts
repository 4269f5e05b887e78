/** All that serves clients: the data planes of the clusters, by name, with the listeners in front of them. */
import type { LogTarget, Running } from '@keyfleet/runtime';
import type { Registry } from 'prom-client';
import type { ProxyConfig } from '../config/proxy-config.ts';
import type { DataPlane } from './data-plane.ts';

/** `stop`: no more clients are taken, what is pending is answered within `drainMs`. */
export interface DataPlanes extends Running {
  readonly planes: ReadonlyMap<string, DataPlane>;
  /** Where the listeners listen, by their names. */
  readonly ports: ReadonlyMap<string, number>;
  /** What is counted of no cluster. */
  readonly registry: Registry;
  /** Other processes log there too, and open the file anew. */
  setLog(target: LogTarget): void;
  /**
   * Serves by `config` from now on: listeners, users, clusters and live settings. Rejects when that cannot be, and then
   * nothing has changed. Resolves with the clusters that are no more.
   */
  reload(config: ProxyConfig): Promise<readonly GoneCluster[]>;
}

export type GoneCluster = {
  readonly cluster: string;
  /** Its clients have left, or were cut off after `drainMs`: nothing of it can be passed on any more. */
  readonly drained: Promise<void>;
};
