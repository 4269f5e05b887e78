/** The reply to CLUSTER SHARDS (Redis 7): shards with the slots and the nodes of each. */
import { ProtocolError, type Reply } from '@keyfleet/resp';
import { formatSlots } from '@keyfleet/slots';
import { fieldsOf, textOf, type Fields } from '../wide/fields.ts';
import type { ClusterNode, ClusterShard, ClusterView, Reached } from './cluster-view.ts';
import { hostOf } from './node-host.ts';

type Listed = { readonly node: ClusterNode; readonly isPrimary: boolean };

/**
 * Throws ProtocolError for a reply of another form, and for one with two primaries in a shard: Redis 7.2 groups nodes by
 * their shard's id, and does not say which of the two has which slots. CLUSTER SLOTS does.
 */
export function readClusterShards(reply: Reply, reached: Reached): ClusterView {
  return listOf(reply).flatMap((entry) => shardOf(fieldsOf(entry), reached) ?? []);
}

/** Null: it has no slots, and its primary is gone. */
function shardOf(fields: Fields, reached: Reached): ClusterShard | null {
  const slots = slotsOf(listOf(fields.get('slots')));
  const nodes = listOf(fields.get('nodes')).map((entry) => listedOf(fieldsOf(entry), reached));
  const primaries = nodes.filter(({ isPrimary }) => isPrimary).map(({ node }) => node);
  // A primary that failed may still be listed beside the one that took over.
  const healthy = primaries.filter(({ isHealthy }) => isHealthy);
  if (healthy.length > 1) throw new ProtocolError('Cannot read CLUSTER SHARDS: two primaries');
  const primary = healthy[0] ?? primaries[0];
  if (primary === undefined || (slots === '' && !primary.isHealthy)) return null;
  return {
    slots,
    primary,
    replicas: nodes.filter(({ isPrimary }) => !isPrimary).map(({ node }) => node),
  };
}

function listedOf(fields: Fields, reached: Reached): Listed {
  const port = (reached.isTls ? fields.get('tls-port') : undefined) ?? fields.get('port');
  return {
    node: {
      id: textOf(fields.get('id') ?? null),
      host: hostOf(fields.get('endpoint'), fields.get('ip'), reached),
      port: Number(port ?? fields.get('tls-port')),
      isHealthy: textOf(fields.get('health') ?? 'online') === 'online',
    },
    isPrimary: textOf(fields.get('role') ?? null) === 'master',
  };
}

/** Starts and ends, both included, in turns. */
function slotsOf(bounds: readonly Reply[]): string {
  const ranges = Array.from({ length: bounds.length / 2 }, (_, i) => ({
    start: Number(bounds[2 * i]),
    end: Number(bounds[2 * i + 1]),
  }));
  return formatSlots(ranges);
}

function listOf(reply: Reply | undefined): readonly Reply[] {
  if (!Array.isArray(reply)) throw new ProtocolError('Cannot read CLUSTER SHARDS: want a list');
  return reply as readonly Reply[];
}
