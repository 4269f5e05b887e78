/** Records + observations + sessions → what users see. Pure. */
import type { ClusterStatus, NodeStatus } from '@keyfleet/api';
import { distributeSlots } from '@keyfleet/topology';
import { nodesByShard } from '../observe/assemble-topology.ts';
import type { Observation } from '../observe/node-link.ts';
import type { ServerInfo } from '../observe/server-info.ts';
import type { ClusterState, NodeRecord, ShardRecord } from '../observe/store-state.ts';
import type { ClusterStep } from '../plan/cluster-view.ts';
import type { SessionLease } from '../plan/session-leases.ts';

export type Seen = {
  readonly observations: ReadonlyMap<string, Observation>;
  /** The last plan; undefined: this leader has not looked yet. */
  readonly step: ClusterStep | undefined;
  readonly sessions: readonly SessionLease[];
};

type ShardStatus = ClusterStatus['shards'][number];

export function clusterStatus(state: ClusterState, seen: Seen): ClusterStatus {
  const nodes = nodesByShard(state);
  const isRetired = state.cluster?.value.retired;
  const shardCount = state.cluster?.value.spec.shards ?? 0;
  const slots = shardCount > 0 ? distributeSlots(shardCount) : [];
  const shards = slots.map((owned, index): ShardStatus => {
    const id = `shard-${index}`;
    const none: ShardRecord = {
      id,
      slots: owned,
      epoch: 0,
      primary: null,
      readable: [],
      attempt: null,
    };
    const record = state.shards.get(id)?.value ?? none;
    const because = isRetired ? 'the cluster is retired' : becauseOf(id, seen.step);
    return { ...shardStatus(record, nodes.get(id) ?? [], seen), because };
  });
  return {
    name: state.name,
    phase: phaseOf(state, shards, seen),
    topologyVersion: state.topology?.value.version ?? 0,
    shards,
    proxies: proxiesOf(state, seen),
  };
}

/** Ready is a promise to clients: whole shards, and a proxy that serves what is published. */
function phaseOf(
  state: ClusterState,
  shards: readonly ShardStatus[],
  { sessions }: Seen,
): ClusterStatus['phase'] {
  if (state.cluster?.value.retired) return 'Retired';
  const version = state.topology?.value.version;
  if (version === undefined) return 'Creating';
  const isServed = sessions.some(
    (session) => session.health === 'serving' && session.appliedVersion >= version,
  );
  return isServed && shards.every((shard) => shard.because === null) ? 'Ready' : 'Degraded';
}

function shardStatus(
  record: ShardRecord,
  nodes: readonly NodeRecord[],
  { observations }: Seen,
): Omit<ShardStatus, 'because'> {
  const primary = nodes.find((node) => node.id === record.primary?.node);
  const source = primary && observations.get(primary.id);
  const shard = { record, primary, source: source && 'info' in source ? source.info : undefined };
  const statusOf = (node: NodeRecord): NodeStatus =>
    nodeStatus(shard, node, observations.get(node.id));
  return {
    id: record.id,
    slots: record.slots,
    epoch: record.epoch,
    primary: primary ? statusOf(primary) : null,
    replicas: nodes.filter((node) => node !== primary).map(statusOf),
  };
}

/** What the last plan says about the shard, or what it says about all. */
function becauseOf(shard: string, step: ClusterStep | undefined): string | null {
  if (!step) return 'the leader has not looked yet';
  const own = step.shards.find((each) => each.shard === shard);
  if (own) return own.because;
  return step.shards.length > 0 || step.do === 'nothing' ? null : step.because;
}

type Shard = {
  readonly record: ShardRecord;
  readonly primary: NodeRecord | undefined;
  readonly source: ServerInfo | undefined;
};

function nodeStatus(
  shard: Shard,
  node: NodeRecord,
  observation: Observation | undefined,
): NodeStatus {
  const { id } = node;
  const address = `${node.host}:${node.port}`;
  if (!observation || 'fault' in observation) {
    const pid = observation?.lastPid ?? null;
    return { id, address, pid, state: 'unreachable', lagBytes: null };
  }
  const { info } = observation;
  const state = stateOf(shard, node, info);
  return { id, address, pid: info.pid, state, lagBytes: lagOf(shard, node) };
}

function stateOf(shard: Shard, node: NodeRecord, info: ServerInfo): NodeStatus['state'] {
  if (info.isLoading) return 'loading';
  if (node === shard.primary) {
    const isInRole = info.role === 'primary' && info.runId === shard.record.primary?.runId;
    return isInRole ? 'primary' : 'orphan';
  }
  if (!isAttached(shard, info)) return 'orphan';
  if (!info.isLinkUp) return info.isSyncing ? 'syncing' : 'unlinked';
  const { readable } = shard.record;
  const isReadable = readable.some((at) => at.node === node.id && at.runId === info.runId);
  return isReadable ? 'replica' : 'syncing';
}

function isAttached({ primary }: Shard, { master }: ServerInfo): boolean {
  return primary !== undefined && master?.host === primary.host && master.port === primary.port;
}

function lagOf({ primary, source }: Shard, node: NodeRecord): number | null {
  if (node === primary) return 0;
  const confirmed = source?.replicas.find(
    ({ host, port }) => host === node.host && port === node.port,
  );
  return source && confirmed ? Math.max(0, source.offset - confirmed.offset) : null;
}

function proxiesOf({ sessions }: ClusterState, seen: Seen): ClusterStatus['proxies'] {
  return seen.sessions.flatMap(({ id, appliedVersion }) => {
    const proxy = sessions.get(id)?.value.proxy;
    if (!proxy) return [];
    const address = `${proxy.host}:${proxy.port}`;
    return [{ id: proxy.id, address, pid: proxy.pid, topologyVersion: appliedVersion }];
  });
}
