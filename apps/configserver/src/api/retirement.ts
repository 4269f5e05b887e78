/**
 * How a cluster ends: it is retired, which can be undone, and then forgotten, which cannot. Its records may be more
 * than one transaction takes, so they go in parts, its own record last: whoever finds it goes on.
 */
import { records, type Operation } from '@keyfleet/store';
import type { Draft } from '../act/compose-write.ts';
import type { LeaderWrites } from '../act/leader-writes.ts';
import { clusterRecordOf } from '../observe/cluster-record.ts';
import type { ClusterState } from '../observe/store-state.ts';
import { ApiFault } from './api-fault.ts';

const DELETES_PER_WRITE = 100;

type Writes = Pick<LeaderWrites, 'write'>;

export async function retire(writes: Writes, name: string): Promise<void> {
  await writes.write(name, (state) => {
    const record = clusterRecordOf(state);
    if (record.retired) return undefined;
    const put = records.cluster.key({ cluster: name });
    const value = records.cluster.encode({ ...record, retired: true });
    const message = `Cluster ${name} is retired`;
    return { operations: [{ put, value }], events: [{ type: 'clusterRetired', message }] };
  });
}

/** Goes on where an earlier call ended. */
export async function forget(writes: Writes, name: string): Promise<void> {
  await writes.write(name, beginForgetting);
  await endForgetting(writes, name);
}

/** What an earlier `forget` left, if there was one. */
export async function endForgetting(writes: Writes, name: string): Promise<void> {
  for (;;) {
    const left = await writes.write(name, nextPart);
    if (!left.cluster?.value.forgetting) return;
  }
}

/** The secret goes first, and the topology, so that none is ever published of half the records. */
function beginForgetting(state: ClusterState): Draft | undefined {
  const record = clusterRecordOf(state);
  if (record.forgetting) return undefined;
  const { name } = state;
  if (!record.retired) {
    throw new ApiFault(409, 'NOT_RETIRED', `Cannot forget ${name}: it is active, want it retired`);
  }
  const put = records.cluster.key({ cluster: name });
  const value = records.cluster.encode({ ...record, forgetting: true });
  const gone: Operation[] = [
    { delete: records.credentials.key({ cluster: name }) },
    { delete: records.topology.key({ cluster: name }) },
  ];
  return { operations: [{ put, value }, ...gone], events: [] };
}

function nextPart(state: ClusterState): Draft | undefined {
  if (!state.cluster?.value.forgetting) return undefined;
  const own = records.cluster.key({ cluster: state.name });
  const keys = [...keysOf(state), own].slice(0, DELETES_PER_WRITE);
  return { operations: keys.map((key) => ({ delete: key })), events: [] };
}

/** All but its own; damaged records, too, have nothing to be kept for. */
function keysOf({ name: cluster, ...state }: ClusterState): string[] {
  return [
    ...[...state.shards.keys()].map((shard) => records.shard.key({ cluster, shard })),
    ...[...state.nodes.keys()].map((node) => records.node.key({ cluster, node })),
    ...[...state.sessions.keys()].map((session) => records.session.key({ cluster, session })),
    ...[...state.events.keys()].map((seq) => records.event.key({ cluster, seq })),
    ...(state.operation ? [records.operation.key({ cluster })] : []),
    ...state.broken.keys(),
  ];
}
