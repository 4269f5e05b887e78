import type { z } from 'zod';
import type { routes } from '@keyfleet/api';
import { ApiFault } from './api-fault.ts';
import { knownCluster, leading } from './handler.ts';
import type { HandlerContext, Handlers } from './handler.ts';

type SessionStatus = z.output<typeof routes.getSession.response>;

export const sessionHandlers = {
  listSessions: ({ params }, context) => ({ sessions: sessionsOf(params.cluster, context) }),

  getSession: ({ params: { cluster, session } }, context) => {
    const found = sessionsOf(cluster, context).find((each) => each.session === session);
    if (found) return found;
    throw new ApiFault(404, 'SESSION_UNKNOWN', `There is no session ${session}`);
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

function sessionsOf(cluster: string, context: HandlerContext): SessionStatus[] {
  const { sessions } = knownCluster(context, cluster);
  const leases = leading(context).sessions.leases(cluster);
  return leases.flatMap(({ id, appliedVersion, health }) => {
    const record = sessions.get(id)?.value;
    if (!record) return [];
    const { proxy, openedAtMs } = record;
    return [{ session: id, proxy, openedAtMs, appliedVersion, health }];
  });
}
