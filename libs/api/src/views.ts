/** What the configserver says over HTTP; `keyfleet status --json` prints `ClusterList` as it is (design §3). */
import { z } from 'zod';
import { ClusterSpec, Operation } from '@keyfleet/lifecycle';
import { ClusterId, Name, SlotSet, Topology } from '@keyfleet/topology';
import { integer, text } from './wanted.ts';

/** Refused without being shown: what is wrong with a secret is still a secret. */
const Secret = z
  .string()
  .refine(({ length }) => length >= 1 && length <= 1000, 'want a text of 1 to 1000 characters');

/** `primary` and `replica`: in their role and, for a replica, in sync. The others say why not. */
const NodeState = z.enum([
  'primary',
  'replica',
  'syncing',
  /** It follows the primary, and has no link to it. */
  'unlinked',
  'loading',
  'orphan',
  'unreachable',
]);

export const NodeStatus = z.object({
  id: Name,
  address: z.string(),
  /** Of the last look that was answered; null: none was. */
  pid: z.int().nullable(),
  state: NodeState,
  /** Bytes of the replication stream that the primary has written and this node has not confirmed; null when unknown. */
  lagBytes: z.int().nullable(),
});
export type NodeStatus = z.output<typeof NodeStatus>;

export const ShardStatus = z.object({
  id: Name,
  slots: SlotSet,
  epoch: z.int(),
  primary: NodeStatus.nullable(),
  replicas: z.array(NodeStatus),
  /** Why the shard is not whole, in a sentence; null when primary and all replicas are in their place. */
  because: z.string().nullable(),
});

const ProxyStatus = z.object({
  id: z.string(),
  address: z.string(),
  pid: z.int(),
  topologyVersion: z.int(),
});

export const ClusterStatus = z.object({
  name: ClusterId,
  /** `Retired`: the configserver leaves the servers alone and grants no sessions; what it knows is kept. */
  phase: z.enum(['Creating', 'Ready', 'Degraded', 'Retired']),
  topologyVersion: z.int(),
  shards: z.array(ShardStatus),
  proxies: z.array(ProxyStatus),
});
export type ClusterStatus = z.output<typeof ClusterStatus>;

export const ClusterList = z.object({ clusters: z.array(ClusterStatus) });

export const ClusterDetail = ClusterStatus.extend({
  spec: ClusterSpec,
  generation: z.int(),
  /** Tells one secret from another and gives nothing away; null: the servers ask for no password. */
  credentialsId: z.string().nullable(),
  operation: Operation.nullable(),
});
export type ClusterDetail = z.output<typeof ClusterDetail>;

export const ClusterRequest = z.object({
  spec: ClusterSpec,
  /** The servers' passwords are derived from it. Left out: as it was; null: they ask for none. Never returned. */
  secret: Secret.nullable().optional(),
});

export const NodeRegistration = z.object({
  shard: Name,
  ordinal: integer(0, 1000),
  host: text(253),
  port: integer(1, 65535),
});

export const RegisteredNode = NodeRegistration.extend({ id: Name });

/** What is registered and what the leader saw. */
export const NodeDetail = RegisteredNode.extend(NodeStatus.omit({ id: true }).shape);

/** `topology` is null when nothing newer than the version asked for was published while the poll waited. */
export const TopologyAnswer = z.object({ version: z.int(), topology: Topology.nullable() });

export const SessionRequest = z.object({
  proxy: z.object({
    id: text(100),
    host: text(253),
    port: integer(1, 65535),
    adminUrl: z.string(),
    pid: z.int(),
  }),
});

export const SessionGrant = z.object({
  session: z.string(),
  /** The lease runs from the moment the proxy *sent* the request that this answers. */
  leaseMs: z.int(),
  /** The version that was current when the leader answered (0: none yet). */
  version: z.int(),
});
export type SessionGrant = z.output<typeof SessionGrant>;

export const SessionRenewal = z.object({
  appliedVersion: integer(0),
  health: z.enum(['serving', 'closed']),
  /** Trouble that the proxy saw at a node since the last renewal: a second vantage point for probes. */
  errors: z.array(z.object({ node: z.string(), count: z.int(), last: z.string() })).max(4096),
});
export type SessionRenewal = z.output<typeof SessionRenewal>;

export const SessionStatus = z.object({
  session: z.string(),
  proxy: SessionRequest.shape.proxy,
  openedAtMs: z.int(),
  appliedVersion: z.int(),
  health: z.enum(['serving', 'closed']),
});

export const Event = z.object({
  seq: z.int(),
  atMs: z.int(),
  type: z.string(),
  message: z.string(),
  facts: z.record(z.string(), z.unknown()),
});

export const ApiErrorBody = z.object({
  code: z.string(),
  message: z.string(),
  details: z.unknown().optional(),
});
