import { isSameSpec, unbuiltFields, type ClusterSpec } from '@keyfleet/lifecycle';
import { records, type Operation } from '@keyfleet/store';
import type { Draft } from '../act/compose-write.ts';
import type { ClusterState } from '../observe/store-state.ts';
import { ApiFault } from './api-fault.ts';
import { statusOf } from './status-of.ts';
import { knownCluster, leading, UnknownCluster } from './handler.ts';
import type { Handlers } from './handler.ts';

const DELETES_PER_WRITE = 100;

export const clusterHandlers = {
  listClusters: (_call, context) => ({
    clusters: [...context.cache.state.clusters.values()]
      .filter((state) => state.cluster)
      .map((state) => statusOf(state, leading(context))),
  }),

  getCluster: ({ params }, context) => {
    const state = knownCluster(context, params.cluster);
    const { cluster, operation } = state;
    if (!cluster) throw new UnreadableCluster(state);
    const { spec, generation, deleting } = cluster.value;
    const status = statusOf(state, leading(context));
    return { ...status, spec, generation, deleting, operation: operation?.value ?? null };
  },

  putCluster: async ({ params, body: { spec } }, context) => {
    const unbuilt = unbuiltFields(spec);
    if (unbuilt.length > 0) {
      const message = `Cannot use the spec: ${unbuilt.length} fields are not built yet`;
      throw new ApiFault(422, 'NOT_BUILT', message, unbuilt);
    }
    const written = await leading(context).writes.write(params.cluster, (state, nowMs) =>
      specDraft(state, spec, nowMs),
    );
    return { generation: written.cluster!.value.generation };
  },

  deleteCluster: async ({ params: { cluster } }, context) => {
    const { writes } = leading(context);
    await writes.write(cluster, (state) => markDeleted(state, cluster));
    // In parts, the cluster's own record last: whoever finds it goes on.
    for (;;) {
      const left = await writes.write(cluster, (state) => deletionDraft(state));
      if (!left.cluster) return {};
    }
  },

  listShards: ({ params }, context) => ({
    shards: statusOf(knownCluster(context, params.cluster), leading(context)).shards,
  }),

  getShard: ({ params }, context) => {
    const { shards } = statusOf(knownCluster(context, params.cluster), leading(context));
    const shard = shards.find(({ id }) => id === params.shard);
    if (shard) return shard;
    throw new ApiFault(404, 'SHARD_UNKNOWN', `There is no shard ${params.shard}`);
  },
} satisfies Partial<Handlers>;

function specDraft(state: ClusterState, spec: ClusterSpec, nowMs: number): Draft | undefined {
  const { name, cluster } = state;
  const key = records.cluster.key({ cluster: name });
  if (!cluster) {
    if (state.broken.size > 0) throw new UnreadableCluster(state);
    const value = { name, spec, generation: 1, createdAtMs: nowMs, deleting: false };
    const facts = { shards: spec.shards, replicasPerShard: spec.replicasPerShard };
    const message = `Cluster ${name} is created`;
    return {
      operations: [{ put: key, value: records.cluster.encode(value) }],
      events: [{ type: 'clusterCreated', message, facts }],
    };
  }
  const { value } = cluster;
  if (value.deleting) throw new ApiFault(409, 'DELETING', `Cluster ${name} is being deleted`);
  if (isSameSpec(value.spec, spec)) return undefined;
  refuseRebuild(value.spec, spec);
  const generation = value.generation + 1;
  const message = `Cluster ${name} has spec ${generation}`;
  return {
    operations: [{ put: key, value: records.cluster.encode({ ...value, spec, generation }) }],
    events: [{ type: 'specChanged', message, facts: { generation } }],
  };
}

function refuseRebuild(before: ClusterSpec, after: ClusterSpec): void {
  const fixed = ['shards', 'replicasPerShard', 'engine', 'persistence'] as const;
  const changed = fixed
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
    .map((field) => {
      const [old, wanted] = [JSON.stringify(before[field]), JSON.stringify(after[field])];
      return `spec.${field}  changing ${old} to ${wanted} is not built yet`;
    });
  if (changed.length === 0) return;
  const message = `Cannot change the cluster: ${changed.length} changes are not built yet`;
  throw new ApiFault(409, 'NOT_BUILT', message, changed);
}

function markDeleted({ cluster, nodes }: ClusterState, name: string): Draft | undefined {
  if (!cluster) throw new UnknownCluster(name);
  if (nodes.size > 0) {
    const message = `Cannot delete ${name}: ${nodes.size} nodes are registered, want none`;
    throw new ApiFault(409, 'NODES_REGISTERED', message, [...nodes.keys()]);
  }
  if (cluster.value.deleting) return undefined;
  const value = records.cluster.encode({ ...cluster.value, deleting: true });
  const key = records.cluster.key({ cluster: name });
  return { operations: [{ put: key, value }], events: [] };
}

function deletionDraft(state: ClusterState): Draft {
  const { name } = state;
  const keys = [
    ...[...state.shards.keys()].map((shard) => records.shard.key({ cluster: name, shard })),
    ...[...state.sessions.keys()].map((session) => records.session.key({ cluster: name, session })),
    ...[...state.events.keys()].map((seq) => records.event.key({ cluster: name, seq })),
    ...(state.operation ? [records.operation.key({ cluster: name })] : []),
    ...(state.topology ? [records.topology.key({ cluster: name })] : []),
    records.cluster.key({ cluster: name }),
  ];
  const operations = keys.slice(0, DELETES_PER_WRITE).map((key): Operation => ({ delete: key }));
  return { operations, events: [] };
}

class UnreadableCluster extends ApiFault {
  constructor({ name, broken }: ClusterState) {
    const message = `Cannot read cluster ${name}: ${broken.size} records are damaged`;
    super(500, 'RECORD', message, [...broken.values()]);
  }
}
