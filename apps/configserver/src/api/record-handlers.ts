import { records } from '@keyfleet/store';
import { clusterRecordOf } from '../observe/cluster-record.ts';
import { knownCluster, leading } from './handler.ts';
import type { Handlers } from './handler.ts';

export const recordHandlers = {
  getTopology: ({ params: { cluster }, query: { after, waitMs } }, context) => {
    knownCluster(context, cluster);
    return context.polls.next({ cluster, after, waitMs }, context.gone);
  },

  listEvents: ({ params, query: { after, limit } }, context) => {
    const events = [...knownCluster(context, params.cluster).events.values()];
    const newer = events.map(({ value }) => value).filter(({ seq }) => seq > after);
    return { events: newer.slice(0, limit) };
  },

  getOperation: ({ params }, context) => ({
    operation: knownCluster(context, params.cluster).operation?.value ?? null,
  }),

  putOperation: async ({ params: { cluster }, body }, context) => {
    await leading(context).writes.write(cluster, (state) => {
      clusterRecordOf(state);
      const put = records.operation.key({ cluster });
      return { operations: [{ put, value: records.operation.encode(body) }], events: [] };
    });
    return {};
  },
} satisfies Partial<Handlers>;
