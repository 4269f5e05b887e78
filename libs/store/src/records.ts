/**
 * Every record that Keyfleet keeps in its store (design §3), key and codec together.
 *
 * A cluster's topology is spread over its records so that a failover or a hold rewrites little (an etcd value holds
 * at most 1.5 MB): `topology` has the version and the holds, each shard its own record. Invariant: whatever changes
 * the published topology bumps `topology` in the same transaction, so one revision is one version.
 */
import { z } from 'zod';
import { ClusterSpec, Operation } from '@keyfleet/lifecycle';
import { ClusterId, Hold, Name, SlotSet } from '@keyfleet/topology';
import { record } from './record.ts';

const address = { host: z.string().min(1), port: z.int().min(1).max(65535) };

export const records = {
  /** The elected configserver; the key's create revision is the leader's term, its fence. */
  leader: record('/keyfleet/v1/leader', { id: z.string(), url: z.string() }),

  cluster: record('/keyfleet/v1/clusters/{cluster}', {
    name: ClusterId,
    spec: ClusterSpec,
    /** Grows at every change of `spec`. */
    generation: z.int().min(1),
    createdAtMs: z.int(),
    /** The leader leaves the servers alone and grants no sessions, until the spec is written again. */
    retired: z.boolean().default(false),
    /** A retired cluster whose records are being removed, in parts: there is no way back. */
    forgetting: z.boolean().default(false),
  }),

  /** Its own record, so that whoever reads a cluster has no secret at hand. */
  credentials: record('/keyfleet/v1/clusters/{cluster}/credentials', {
    /** The servers' passwords are derived from it (libs/runtime, credentials.ts). */
    secret: z.string().min(1),
  }),

  topology: record('/keyfleet/v1/clusters/{cluster}/topology', {
    version: z.int().min(1),
    holds: z.array(Hold),
  }),

  shard: record('/keyfleet/v1/clusters/{cluster}/shards/{shard}', {
    id: Name,
    slots: SlotSet,
    epoch: z.int().min(0),
    /** The life of the primary that was promoted: a server with another run id has no role. */
    primary: z.object({ node: Name, runId: z.string() }).nullable(),
    /** Replicas in sync with this epoch's primary, by the run id that was seen in sync. */
    readable: z.array(z.object({ node: Name, runId: z.string() })),
    /** A promotion that was decided and is not published yet: whoever leads next goes on with it. */
    attempt: z
      .object({ epoch: z.int().min(1), node: Name, runId: z.string() })
      .nullable()
      .default(null),
  }),

  node: record('/keyfleet/v1/clusters/{cluster}/nodes/{node}', {
    id: Name,
    shard: Name,
    ordinal: z.int().min(0),
    ...address,
  }),

  /** A proxy's session; renewals are not store writes (design §4). */
  session: record('/keyfleet/v1/clusters/{cluster}/sessions/{session}', {
    id: z.string(),
    proxy: z.object({
      id: z.string(),
      host: z.string(),
      port: z.int(),
      adminUrl: z.string(),
      pid: z.int(),
    }),
    openedAtMs: z.int(),
    /** The topology version that was current when it opened (0: none was published). */
    openedAtVersion: z.int().min(0),
  }),

  /** What the platform is doing with the cluster, written by whoever runs the lifecycle loop. */
  operation: record('/keyfleet/v1/clusters/{cluster}/operation', Operation.shape),

  event: record('/keyfleet/v1/clusters/{cluster}/events/{seq}', {
    seq: z.int().min(1),
    atMs: z.int(),
    type: z.string(),
    message: z.string(),
    facts: z.record(z.string(), z.unknown()),
  }),
};

/** Where all of a cluster's records lie, its own among them (without a closing slash `c1` would match `c10`). */
export function clusterPrefix(cluster: string): string {
  return `${records.cluster.key({ cluster })}/`;
}

/** Sequence numbers sort as text. */
export function eventKey(cluster: string, seq: number): string {
  return records.event.key({ cluster, seq: String(seq).padStart(12, '0') });
}
