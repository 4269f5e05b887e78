/** The configserver's HTTP API as data: its routes, OpenAPI and typed client all come from this table (design §3). */
import { z } from 'zod';
import { Operation } from '@keyfleet/lifecycle';
import { ClusterId, Name } from '@keyfleet/topology';
import {
  ClusterDetail,
  ClusterList,
  ClusterRequest,
  Event,
  NodeDetail,
  NodeRegistration,
  RegisteredNode,
  SessionGrant,
  SessionRenewal,
  SessionRequest,
  SessionStatus,
  ShardStatus,
  TopologyAnswer,
} from './views.ts';
import { integerText, text } from './wanted.ts';

export type Route<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  R extends z.ZodType,
> = {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** With `{name}` for each part of `params`. */
  readonly path: string;
  readonly summary: string;
  /** Only the leader can answer: a follower forwards the request to it. */
  readonly leader: boolean;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly response: R;
};
export type AnyRoute = Route<z.ZodType, z.ZodType, z.ZodType, z.ZodType>;

const none = z.object({});
const noBody = z.undefined();
const cluster = z.object({ cluster: ClusterId });
const node = cluster.extend({ node: Name });
const session = cluster.extend({ session: text(100) });
const at = '/v1/clusters/{cluster}';

const get = <P extends z.ZodType, R extends z.ZodType>(
  path: string,
  summary: string,
  params: P,
  response: R,
) =>
  ({
    method: 'GET',
    path,
    summary,
    leader: false,
    params,
    query: none,
    body: noBody,
    response,
  }) as const;
const write = <
  M extends 'PUT' | 'POST' | 'DELETE',
  P extends z.ZodType,
  B extends z.ZodType,
  R extends z.ZodType,
>(
  method: M,
  path: string,
  summary: string,
  { params, body, response }: { params: P; body: B; response: R },
) => ({ method, path, summary, leader: true, params, query: none, body, response }) as const;

export const routes = {
  listClusters: {
    ...get('/v1/clusters', 'All clusters with their status', none, ClusterList),
    leader: true,
  },
  getCluster: {
    ...get(at, 'One cluster: status, spec, current operation', cluster, ClusterDetail),
    leader: true,
  },
  putCluster: write('PUT', at, 'Write the desired spec; a retired cluster is taken up again', {
    params: cluster,
    body: ClusterRequest,
    response: z.object({ generation: z.int() }),
  }),
  retireCluster: write('POST', `${at}/retire`, 'Leave the servers alone, keep what is known', {
    params: cluster,
    body: noBody,
    response: none,
  }),
  deleteCluster: write('DELETE', at, 'Forget a retired cluster', {
    params: cluster,
    body: noBody,
    response: none,
  }),
  listShards: {
    ...get(
      `${at}/shards`,
      'Shards with replication progress',
      cluster,
      z.object({ shards: z.array(ShardStatus) }),
    ),
    leader: true,
  },
  getShard: {
    ...get(
      `${at}/shards/{shard}`,
      'One shard with replication progress',
      cluster.extend({ shard: Name }),
      ShardStatus,
    ),
    leader: true,
  },
  listNodes: get(
    `${at}/nodes`,
    'Registered nodes',
    cluster,
    z.object({ nodes: z.array(RegisteredNode) }),
  ),
  getNode: {
    ...get(`${at}/nodes/{node}`, 'One node: its place and its state', node, NodeDetail),
    leader: true,
  },
  putNode: write('PUT', `${at}/nodes/{node}`, 'Register a node, or tell its new address', {
    params: node,
    body: NodeRegistration,
    response: RegisteredNode,
  }),
  deleteNode: write('DELETE', `${at}/nodes/{node}`, 'Unregister a node that is not a primary', {
    params: node,
    body: noBody,
    response: none,
  }),
  getTopology: {
    ...get(
      `${at}/topology`,
      'The topology; with `after`, waits until a newer version is published',
      cluster,
      TopologyAnswer,
    ),
    query: z.object({
      after: integerText(0).optional(),
      waitMs: integerText(0, 30_000).default(20_000),
    }),
  },
  listSessions: {
    ...get(
      `${at}/sessions`,
      'Proxy sessions',
      cluster,
      z.object({ sessions: z.array(SessionStatus) }),
    ),
    leader: true,
  },
  getSession: {
    ...get(`${at}/sessions/{session}`, 'One proxy session', session, SessionStatus),
    leader: true,
  },
  openSession: write('POST', `${at}/sessions`, 'Open a proxy session', {
    params: cluster,
    body: SessionRequest,
    response: SessionGrant,
  }),
  renewSession: write(
    'PUT',
    `${at}/sessions/{session}`,
    'Renew a session, acknowledge the applied version',
    {
      params: session,
      body: SessionRenewal,
      response: SessionGrant,
    },
  ),
  closeSession: write('DELETE', `${at}/sessions/{session}`, 'Close a session', {
    params: session,
    body: noBody,
    response: none,
  }),
  listEvents: {
    ...get(
      `${at}/events`,
      'Events after a sequence number, oldest first',
      cluster,
      z.object({ events: z.array(Event) }),
    ),
    query: z.object({
      after: integerText(0).default(0),
      limit: integerText(1, 1000).default(100),
    }),
  },
  getOperation: get(
    `${at}/operation`,
    'What the platform is doing with the cluster',
    cluster,
    z.object({ operation: Operation.nullable() }),
  ),
  putOperation: write('PUT', `${at}/operation`, 'Record what the platform is doing', {
    params: cluster,
    body: Operation,
    response: none,
  }),
} as const satisfies Record<string, AnyRoute>;
