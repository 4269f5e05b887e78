import { knownCluster, leading } from './handler.ts';
import type { Handlers } from './handler.ts';

export const sessionHandlers = {
  listSessions: ({ params: { cluster } }, context) => {
    const { sessions } = knownCluster(context, cluster);
    return {
      sessions: leading(context)
        .sessions.leases(cluster)
        .flatMap(({ id, appliedVersion, health }) => {
          const record = sessions.get(id)?.value;
          if (!record) return [];
          const { proxy, openedAtMs } = record;
          return [{ session: id, proxy, openedAtMs, appliedVersion, health }];
        }),
    };
  },

  openSession: ({ params: { cluster }, body }, context) => {
    knownCluster(context, cluster);
    return leading(context).sessions.open(cluster, body.proxy);
  },

  renewSession: ({ params: { cluster, session }, body }, context) =>
    leading(context).sessions.renew(cluster, session, body),

  closeSession: async ({ params: { cluster, session } }, context) => {
    await leading(context).sessions.close(cluster, session);
    return {};
  },
} satisfies Partial<Handlers>;
