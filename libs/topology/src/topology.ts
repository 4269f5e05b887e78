/**
 * A cluster's topology is one versioned value (design §4): who owns which slots, who is primary, who may be
 * read, and which holds are in force. The configserver's leader writes it, proxies apply it whole.
 */
import { z } from 'zod';
import { parseSlots } from '@keyfleet/slots';

/** Names end up in file names, DNS labels and store keys. */
export const Name = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'want a DNS label: lower-case letters, digits, hyphens',
  );

/** How the configserver names a cluster: on Kubernetes `{namespace}.{name}`, for names are only unique in theirs. */
export const ClusterId = z
  .string()
  .regex(
    /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)?[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/,
    'want a cluster name, or namespace.name',
  );

export const SlotSet = z.string().refine(isSlotSet, 'want slots such as "0-5460,9000"');

/** A server as the topology names it: `runId` tells one life of the process from the next. */
export const TopologyNode = z.object({
  id: Name,
  host: z.string().min(1),
  port: z.int().min(1).max(65535),
  runId: z.string(),
});
export type TopologyNode = z.output<typeof TopologyNode>;

const TopologyReplica = TopologyNode.extend({
  /** In sync with this epoch's primary: reads may go there. */
  readable: z.boolean(),
});

export const TopologyShard = z.object({
  id: Name,
  slots: SlotSet,
  /** Grows at every change of primary. */
  epoch: z.int().min(0),
  primary: TopologyNode.nullable(),
  replicas: z.array(TopologyReplica),
});
export type TopologyShard = z.output<typeof TopologyShard>;

/**
 * Commands of some slots wait at the proxies. `drain`: what was sent is awaited up to `drainMs`, then its
 * connection is retired; `cut`: connections are retired at once and pending commands have an unknown outcome.
 */
export const Hold = z.object({
  id: z.string().min(1),
  shard: Name,
  /** Absent: all slots of the shard. */
  slots: SlotSet.optional(),
  what: z.enum(['writes', 'all']),
  how: z.enum(['drain', 'cut']),
  drainMs: z.int().min(0).max(60_000).default(1000),
});
export type Hold = z.output<typeof Hold>;

export const Topology = z.object({
  cluster: ClusterId,
  version: z.int().min(1),
  shards: z.array(TopologyShard).max(1024),
  holds: z.array(Hold).max(1024),
});
export type Topology = z.output<typeof Topology>;

function isSlotSet(text: string): boolean {
  if (text === '') return true;
  try {
    parseSlots(text);
    return true;
  } catch {
    return false;
  }
}
