/** What the operator reports of a cluster, for `kubectl describe`, for `kubectl wait` and for itself. */
import { z } from 'zod';

const count = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);
/** RFC 3339. */
const time = z.iso.datetime();

/** As `metav1.Condition` has it. */
const Condition = z
  .object({
    type: z
      .string()
      .max(316)
      .describe(
        'Ready, Progressing, SlotsCovered, ReplicasSynced, ProxiesReady, ControlPlaneHealthy or UpToDate.',
      ),
    status: z.enum(['True', 'False', 'Unknown']).describe('Whether it is so.'),
    observedGeneration: z.int().min(0).optional().describe('The generation that was looked at.'),
    lastTransitionTime: time.describe('When the status changed last.'),
    reason: z.string().min(1).max(1024).describe('Why, in one word for programs.'),
    message: z.string().max(32_768).describe('Why, for people.'),
  })
  .describe('One thing that is so or is not.');

const Operation = z.object({
  type: z.enum(['Create', 'Update', 'Repair', 'Delete']).describe('Which workflow it is.'),
  step: z.string().describe('What is done or awaited now.'),
  since: time.describe('When the step began.'),
  blockedBy: z.string().optional().describe('What does not pass by itself.'),
  lastError: z.string().optional().describe('What the last try ran into.'),
});

const Shards = z.object({
  desired: count.describe('How many the spec wants.'),
  ready: count.describe('How many have their primary and all their replicas in sync.'),
  summary: z.string().describe('Both, such as "2/3".'),
});

const Proxies = z.object({
  wanted: count.optional().describe('How many the spec or the autoscaler wants.'),
  ready: count.describe('How many serve the topology.'),
});

const Shard = z
  .object({
    name: z.string().describe('Its id, such as shard-0.'),
    slots: z.string().describe('The slots that it owns, such as "0-5460,9000".'),
    primary: z.string().optional().describe('The node that takes writes.'),
    syncedReplicas: count.describe('How many replicas are in sync.'),
    message: z.string().optional().describe('Why it is not whole.'),
  })
  .describe('One shard, in short.');

export const RedisClusterStatus = z.object({
  observedGeneration: z.int().min(0).describe('The generation of the spec that this is about.'),
  phase: z
    .enum(['Creating', 'Ready', 'Degraded', 'Blocked', 'Deleting'])
    .describe('All in one word, for people; programs read the conditions.'),
  message: z.string().describe('Why the phase is what it is.'),
  conditions: z
    .array(Condition)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .describe('What is so and what is not.'),
  operation: Operation.optional().describe('What the operator is doing; nothing when it is done.'),
  shards: Shards.describe('How many shards there are.'),
  proxies: Proxies.describe('How many proxies there are.'),
  topologyVersion: z.int().min(0).describe('The version of the topology; 0 before the first.'),
  endpoint: z.string().optional().describe('Where clients in Kubernetes connect, as host:port.'),
  selector: z.string().optional().describe('Selects the pods of the servers, for /scale.'),
  shardStatus: z
    .array(Shard)
    .max(1024)
    // A map would cost a field path for each field of each shard in managedFields: far more than the shards themselves.
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .optional()
    .describe('Each shard.'),
});
export type RedisClusterStatus = z.output<typeof RedisClusterStatus>;
