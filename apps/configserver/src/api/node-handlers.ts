import { records, type Operation } from '@keyfleet/store';
import type { Draft } from '../act/compose-write.ts';
import { activeRecordOf } from '../observe/cluster-record.ts';
import type { ClusterState, NodeRecord, ShardRecord } from '../observe/store-state.ts';
import { ApiFault } from './api-fault.ts';
import { knownCluster, leading } from './handler.ts';
import type { Handlers } from './handler.ts';
import { statusOf } from './status-of.ts';

export const nodeHandlers = {
  listNodes: ({ params }, context) => ({
    nodes: [...knownCluster(context, params.cluster).nodes.values()].map(({ value }) => value),
  }),

  getNode: ({ params: { cluster, node } }, context) => {
    const state = knownCluster(context, cluster);
    const registered = state.nodes.get(node)?.value;
    const status = statusOf(state, leading(context))
      .shards.flatMap(({ primary, replicas }) => (primary ? [primary, ...replicas] : replicas))
      .find(({ id }) => id === node);
    if (registered && status) return { ...registered, ...status };
    throw new UnknownNode(node);
  },

  putNode: async ({ params: { cluster, node }, body }, context) => {
    const wanted = { id: node, ...body };
    await leading(context).writes.write(cluster, (state) => registration(state, wanted));
    return wanted;
  },

  deleteNode: async ({ params: { cluster, node } }, context) => {
    await leading(context).writes.write(cluster, (state) => unregistration(state, node));
    return {};
  },
} satisfies Partial<Handlers>;

class UnknownNode extends ApiFault {
  constructor(id: string) {
    super(404, 'NODE_UNKNOWN', `There is no node ${id}`);
  }
}

function registration(state: ClusterState, node: NodeRecord): Draft | undefined {
  const before = state.nodes.get(node.id)?.value;
  refuseMisplaced(state, node, before);
  const { id, host, port } = node;
  if (before?.host === host && before.port === port) return undefined;
  const value = records.node.encode(node);
  const operations = [{ put: records.node.key({ cluster: state.name, node: id }), value }];
  const facts = { node: id, shard: node.shard, address: `${host}:${port}` };
  const event = before
    ? { type: 'nodeMoved', message: `Node ${id} moved to ${host}:${port}`, facts }
    : { type: 'nodeRegistered', message: `Node ${id} is registered at ${host}:${port}`, facts };
  return { operations, events: [event] };
}

/** Everything that is wrong with the place, at once. */
function refuseMisplaced(
  state: ClusterState,
  { id, shard, ordinal }: NodeRecord,
  before: NodeRecord | undefined,
): void {
  const { spec } = activeRecordOf(state);
  const mistakes: string[] = [];
  if (!isShardOf(shard, spec.shards)) {
    mistakes.push(`shard  want shard-0 to shard-${spec.shards - 1}, got "${shard}"`);
  }
  if (ordinal > spec.replicasPerShard) {
    mistakes.push(`ordinal  want at most ${spec.replicasPerShard}, got ${ordinal}`);
  }
  if (before && (before.shard !== shard || before.ordinal !== ordinal)) {
    mistakes.push(`id  ${id} is registered as ordinal ${before.ordinal} of ${before.shard}`);
  }
  const rival = [...state.nodes.values()].find(
    ({ value }) => value.id !== id && value.shard === shard && value.ordinal === ordinal,
  );
  if (rival) mistakes.push(`ordinal  ${ordinal} of ${shard} is registered as ${rival.value.id}`);
  if (mistakes.length === 0) return;
  const message = `Cannot register ${id}: ${mistakes.length} mistakes`;
  throw new ApiFault(422, 'NODE_MISPLACED', message, mistakes);
}

function isShardOf(shard: string, count: number): boolean {
  const index = /^shard-(0|[1-9]\d*)$/.exec(shard)?.[1];
  return index !== undefined && Number(index) < count;
}

/** Not of a retired cluster: its topology must be the same when it is taken up again. */
function unregistration(state: ClusterState, id: string): Draft {
  activeRecordOf(state);
  const node = state.nodes.get(id)?.value;
  if (!node) throw new UnknownNode(id);
  const shard = state.shards.get(node.shard)?.value;
  if (shard?.primary?.node === id || shard?.attempt?.node === id) {
    const message = `Cannot unregister ${id}: it is the primary of ${node.shard}`;
    throw new ApiFault(409, 'NODE_IS_PRIMARY', message);
  }
  const key = records.node.key({ cluster: state.name, node: id });
  const message = `Node ${id} is unregistered`;
  return {
    operations: [{ delete: key }, ...withoutReadable(state.name, shard, id)],
    events: [{ type: 'nodeUnregistered', message, facts: { node: id, shard: node.shard } }],
  };
}

function withoutReadable(
  cluster: string,
  shard: ShardRecord | undefined,
  node: string,
): Operation[] {
  if (!shard?.readable.some((entry) => entry.node === node)) return [];
  const readable = shard.readable.filter((entry) => entry.node !== node);
  const put = records.shard.key({ cluster, shard: shard.id });
  return [{ put, value: records.shard.encode({ ...shard, readable }) }];
}
