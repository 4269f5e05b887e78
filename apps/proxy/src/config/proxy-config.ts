import { invariant } from '@keyfleet/runtime';
import type { ClusterSettings, ProcessSettings, ProxySettings } from '../settings.ts';

/** What one process serves: where it listens, and which clusters are behind. */
export type ProxyConfig = {
  readonly process: ProcessSettings;
  readonly listeners: readonly ListenerConfig[];
  /** By name. */
  readonly clusters: ReadonlyMap<string, ClusterSettings>;
};

/** A port leads to one cluster, or each of its users to theirs. */
export type ListenerConfig = ListenerAddress &
  ({ readonly cluster: string } | { readonly users: readonly UserConfig[] });

export type ListenerAddress = { readonly bind: string; readonly port: number };

export type UserConfig = { readonly name: string; readonly cluster: string } & (
  { readonly password: string } | { readonly passwordFile: string }
);

/** What the data path of one cluster needs to know. */
export function settingsOf({ process, clusters }: ProxyConfig, cluster: string): ProxySettings {
  const own = clusters.get(cluster);
  invariant(own !== undefined, `no cluster ${cluster} in the configuration`);
  return Object.freeze({ ...process, ...own });
}
