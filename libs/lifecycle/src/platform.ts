/**
 * The two ports of every workflow: where servers and proxies run (processes on a laptop, StatefulSets on
 * Kubernetes), and the configserver that makes a cluster of them.
 */
import type { ClusterSpec } from './manifest.ts';
import type { NodePlace } from './nodes.ts';

export type Address = { readonly host: string; readonly port: number };

/**
 * `absent`: not there, ended and free to be started again, or running and kept by nobody. `failed`: ended, and the platform holds it back
 * for a while, so that what cannot run is not started in a tight loop. `stopping`: it was told to end.
 */
type PartView<Ready> =
  | { readonly state: 'absent' }
  | { readonly state: 'starting' | 'failed' | 'stopping'; readonly because: string }
  | ({ readonly state: 'ready' } & Ready);

export type ServerView = PartView<{ readonly address: Address }>;

/** All proxies of the cluster together: clients need one of them. */
export type ProxiesView = PartView<{
  /** That are ready. */
  readonly count: number;
  readonly wanted: number;
  /** That run as an older spec said. */
  readonly outdated: number;
  /** Why those that are missing or outdated are not replaced; null: nothing stands in the way. */
  readonly stuck: string | null;
}>;

/** What the servers ask of whoever talks to them; `id` tells one secret from another and gives nothing away. */
export type Credentials = { readonly id: string; readonly secret: string };

export type PlatformView = {
  /** By id; what is not in the map is absent. */
  readonly servers: ReadonlyMap<string, ServerView>;
  readonly proxies: ProxiesView;
  /** What runs, but is not kept as the spec wants it now: shard ids, or `proxies`. */
  readonly outdated: readonly string[];
  /** Null: the servers ask for none. */
  readonly credentials: Credentials | null;
  /** Nodes whose volume is there, whether their server is or not. */
  readonly volumes: readonly string[];
};

/** To start or update brings what is there to what the spec says; data on disk goes only where the spec says so. */
export type Platform = {
  observe(spec: ClusterSpec, signal: AbortSignal): Promise<PlatformView>;
  startServers(nodes: readonly NodePlace[], spec: ClusterSpec): Promise<void>;
  startProxies(spec: ClusterSpec): Promise<void>;
  stopProxies(): Promise<void>;
  stopServers(nodes: readonly NodePlace[]): Promise<void>;
  /** Of servers that have ended. */
  deleteVolumes(nodes: readonly NodePlace[]): Promise<void>;
};

export type NodeStatus = {
  readonly id: string;
  /** `primary` and `replica`: in their role and, for a replica, in sync. */
  readonly state: string;
};

export type ShardStatus = {
  readonly id: string;
  readonly slots: string;
  readonly primary: NodeStatus | null;
  readonly replicas: readonly NodeStatus[];
  /** Why the shard is not whole; null when it is. */
  readonly because: string | null;
};

/** What the configserver says of the cluster. */
export type ControlView =
  | { readonly state: 'unreachable'; readonly because: string }
  | { readonly state: 'unknown' }
  | {
      readonly state: 'recorded';
      readonly spec: ClusterSpec;
      readonly credentialsId: string | null;
      /** `Retired`: the configserver leaves the servers alone and grants no sessions. */
      readonly phase: 'Creating' | 'Ready' | 'Degraded' | 'Retired';
      readonly topologyVersion: number;
      readonly shards: readonly ShardStatus[];
      readonly nodes: ReadonlyMap<string, Address>;
      /** The version that each proxy session has applied. */
      readonly appliedVersions: readonly number[];
    };

export type ControlPlane = {
  observe(signal: AbortSignal): Promise<ControlView>;
  /** Writes the desired spec; a retired cluster is taken up again. `secret` null: none is told, a known one stays. */
  recordCluster(spec: ClusterSpec, secret: string | null, signal: AbortSignal): Promise<void>;
  /** Registers a node, or tells its new address. */
  registerNode(node: NodePlace, address: Address, signal: AbortSignal): Promise<void>;
  /** From now on the configserver leaves the servers alone; what it knows of them stays. */
  retireCluster(signal: AbortSignal): Promise<void>;
  /** Forgets a retired cluster: its data is gone, or nobody wants it. */
  forgetCluster(signal: AbortSignal): Promise<void>;
};
