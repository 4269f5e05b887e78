/**
 * The two ports of every workflow: where servers and proxies run (processes on a laptop, StatefulSets on
 * Kubernetes), and the configserver that makes a cluster of them.
 */
import type { ClusterSpec } from './manifest.ts';
import type { NodePlace } from './nodes.ts';

export type Address = { readonly host: string; readonly port: number };

/**
 * `absent`: not there, or ended and free to be started again. `failed`: ended, and the platform holds it back
 * for a while, so that what cannot run is not started in a tight loop.
 */
export type ServerView =
  | { readonly state: 'absent' }
  | { readonly state: 'starting' | 'failed'; readonly because: string }
  | { readonly state: 'ready'; readonly address: Address };

export type ProxyView =
  | { readonly state: 'absent' | 'ready' }
  | { readonly state: 'starting' | 'failed'; readonly because: string };

/** By id; what is not in a map is absent. */
export type PlatformView = {
  readonly servers: ReadonlyMap<string, ServerView>;
  readonly proxies: ReadonlyMap<string, ProxyView>;
};

/** To start what is there already changes nothing; data on disk is never removed. */
export type Platform = {
  observe(spec: ClusterSpec, signal: AbortSignal): Promise<PlatformView>;
  startServers(nodes: readonly NodePlace[], spec: ClusterSpec): Promise<void>;
  startProxies(ids: readonly string[], spec: ClusterSpec): Promise<void>;
};

/** What the configserver says of the cluster. */
export type ControlView =
  | { readonly state: 'unreachable'; readonly because: string }
  | { readonly state: 'unknown' }
  | {
      readonly state: 'recorded';
      readonly spec: ClusterSpec;
      readonly phase: 'Creating' | 'Ready' | 'Degraded' | 'Deleting';
      readonly topologyVersion: number;
      /** Why a shard is not whole; null when it is. */
      readonly shards: readonly { readonly id: string; readonly because: string | null }[];
      readonly nodes: ReadonlyMap<string, Address>;
      /** The version that each proxy session has applied. */
      readonly appliedVersions: readonly number[];
    };

export type ControlPlane = {
  observe(signal: AbortSignal): Promise<ControlView>;
  recordCluster(spec: ClusterSpec, signal: AbortSignal): Promise<void>;
  /** Registers a node, or tells its new address. */
  registerNode(node: NodePlace, address: Address, signal: AbortSignal): Promise<void>;
};
