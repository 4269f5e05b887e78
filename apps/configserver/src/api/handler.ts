import type { z } from 'zod';
import type { AnyRoute, routes } from '@keyfleet/api';
import type { Reign } from '../act/reign.ts';
import { UnknownCluster } from '../observe/cluster-record.ts';
import type { StateCache } from '../observe/state-cache.ts';
import type { ClusterState } from '../observe/store-state.ts';
import { ApiFault } from './api-fault.ts';
import type { TopologyPolls } from './topology-polls.ts';

export type HandlerContext = {
  readonly cache: StateCache;
  readonly polls: TopologyPolls;
  /** The leader's part of this process; undefined while another leads. */
  readonly reign: Reign | undefined;
  /** Aborts when nobody waits for the answer any more. */
  readonly gone: AbortSignal;
};

export type Handler<R extends AnyRoute> = (
  call: {
    params: z.output<R['params']>;
    query: z.output<R['query']>;
    body: z.output<R['body']>;
  },
  context: HandlerContext,
) => Promise<z.output<R['response']>> | z.output<R['response']>;

export type Handlers = { readonly [K in keyof typeof routes]: Handler<(typeof routes)[K]> };

export function leading({ reign }: HandlerContext): Reign {
  if (reign?.term.holds()) return reign;
  throw new ApiFault(503, 'NO_LEADER', 'No configserver leads at the moment');
}

/** A cluster that was created; 404 for any other. */
export function knownCluster({ cache }: HandlerContext, name: string): ClusterState {
  const state = cache.state.clusters.get(name);
  if (state?.cluster ?? (state && state.broken.size > 0)) return state;
  throw new UnknownCluster(name);
}
