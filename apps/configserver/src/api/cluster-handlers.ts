import { unbuiltFields } from '@keyfleet/lifecycle';
import { credentialsId } from '@keyfleet/runtime';
import { records } from '@keyfleet/store';
import { clusterRecordOf, UnreadableCluster } from '../observe/cluster-record.ts';
import { ApiFault } from './api-fault.ts';
import { knownCluster, leading } from './handler.ts';
import type { Handlers } from './handler.ts';
import { endForgetting, forget, retire } from './retirement.ts';
import { specDraft } from './spec-draft.ts';
import { statusOf } from './status-of.ts';

export const clusterHandlers = {
  listClusters: (_call, context) => ({
    clusters: [...context.cache.state.clusters.values()]
      .filter((state) => state.cluster)
      .map((state) => statusOf(state, leading(context))),
  }),

  getCluster: ({ params }, context) => {
    const state = knownCluster(context, params.cluster);
    const { spec, generation } = clusterRecordOf(state);
    // Version 0 says that there is nothing to keep: a topology that cannot be read must not look like that.
    const topology = records.topology.key({ cluster: params.cluster });
    if (state.broken.has(topology)) throw new UnreadableCluster(state);
    const { credentials, operation } = state;
    return {
      ...statusOf(state, leading(context)),
      spec,
      generation,
      credentialsId: credentials ? credentialsId(credentials.value.secret) : null,
      operation: operation?.value ?? null,
    };
  },

  putCluster: async ({ params: { cluster }, body }, context) => {
    const unbuilt = unbuiltFields(body.spec);
    if (unbuilt.length > 0) {
      const message = `Cannot use the spec: ${unbuilt.length} fields are not built yet`;
      throw new ApiFault(422, 'NOT_BUILT', message, unbuilt);
    }
    const { writes } = leading(context);
    await endForgetting(writes, cluster);
    const written = await writes.write(cluster, (state, nowMs) => specDraft(state, body, nowMs));
    return { generation: written.cluster!.value.generation };
  },

  retireCluster: async ({ params }, context) => {
    await retire(leading(context).writes, params.cluster);
    return {};
  },

  deleteCluster: async ({ params }, context) => {
    await forget(leading(context).writes, params.cluster);
    return {};
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
