/** What the planners see: records and observations of one moment, nothing that acts. */
import type { Observation } from '../observe/node-link.ts';
import type { ClusterRecord, NodeRecord, ShardRecord } from '../observe/store-state.ts';
import type { Finding } from './choose-winner.ts';
import type { SyncState } from './replica-sync.ts';

export type NodeView = NodeRecord & { readonly observation: Observation };

export type ShardView = {
  readonly id: string;
  /** What the shard owns when it is founded. */
  readonly slots: string;
  readonly record: ShardRecord | undefined;
  /** By ordinal. */
  readonly nodes: readonly NodeView[];
  readonly nodesExpected: number;
  /** The cluster has a topology: the record is what proxies follow. */
  readonly isPublished: boolean;
  /** What examined nodes hold, by node id (plan-recovery.ts). */
  readonly findings: ReadonlyMap<string, Finding>;
  /** By node id (replica-sync.ts). */
  readonly sync: ReadonlyMap<string, SyncState>;
};

export type ClusterView = {
  readonly cluster: ClusterRecord | undefined;
  /** Why a record of the cluster cannot be read; nothing is planned on half a truth. */
  readonly broken: readonly string[];
  readonly isPublished: boolean;
  readonly shards: readonly ShardView[];
};

type Told = { readonly shard: string; readonly because: string };
type ToNode = Told & { readonly node: string; readonly runId: string };
type ToStore = Told & { readonly record: ShardRecord };

/** Each is one effect on one shard: a command to one life of one server, or a write to the store. */
export type ShardStep =
  | (Told & { readonly do: 'nothing' | 'wait' | 'block' })
  | (ToNode & { readonly do: 'seal' | 'examine' | 'promote' })
  | (ToNode & { readonly do: 'attach'; readonly to: { host: string; port: number } })
  | (ToStore & { readonly do: 'attempt' | 'appoint' | 'setReadable' });

export type ClusterStep = {
  readonly do: 'nothing' | 'wait' | 'block' | 'publish' | 'change';
  readonly because: string;
  /** All that are not `nothing`; they touch different shards, so they are done side by side. */
  readonly shards: readonly ShardStep[];
};
