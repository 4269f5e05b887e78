/** What an operator sees, for tests. */
import { ClusterSpec, type ControlView, type ProxiesView } from '@keyfleet/lifecycle';
import type { Report, Seen } from '../status/cluster-status.ts';

type Recorded = Extract<ControlView, { state: 'recorded' }>;

const spec = ClusterSpec.parse({ shards: 2, replicasPerShard: 1 });

export function shard(index: number, because: string | null = null): Recorded['shards'][number] {
  const id = `shard-${index}`;
  return {
    id,
    slots: index === 0 ? '0-8191' : '8192-16383',
    primary: { id: `${id}-0`, state: 'primary' },
    replicas: [{ id: `${id}-1`, state: because === null ? 'replica' : 'syncing' }],
    because,
  };
}

export function recorded(change: Partial<Recorded> = {}): Recorded {
  return {
    state: 'recorded',
    spec,
    credentialsId: 'c',
    phase: 'Ready',
    topologyVersion: 3,
    shards: [shard(0), shard(1)],
    nodes: new Map(),
    appliedVersions: [3, 3],
    ...change,
  };
}

type ReadyProxies = Extract<ProxiesView, { state: 'ready' }>;

export function readyProxies(change: Partial<ReadyProxies> = {}): ReadyProxies {
  return { state: 'ready', count: 2, wanted: 2, outdated: 0, stuck: null, ...change };
}

export function seen(change: Partial<Seen> = {}): Seen {
  return {
    spec,
    servers: new Map(),
    proxies: readyProxies(),
    control: recorded(),
    outdated: [],
    stale: [],
    ...change,
  };
}

export const NOW_MS = Date.parse('2026-11-22T10:00:00Z');

export function report(change: Partial<Report> = {}): Report {
  return {
    previous: undefined,
    place: { namespace: 'team-a', name: 'orders', generation: 4 },
    isDeleting: false,
    seen: seen(),
    step: { do: 'nothing', because: 'the cluster is ready' },
    error: null,
    nowMs: NOW_MS,
    ...change,
  };
}
