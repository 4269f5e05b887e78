import { describe, expect, it } from 'vitest';
import { records, type Operation } from '@keyfleet/store';
import { topologyOf } from '../observe/assemble-topology.ts';
import type { ClusterState } from '../observe/store-state.ts';
import { EVENTS_KEPT, type Draft } from './compose-write.ts';
import { createCluster, testLeader, type TestLeader } from '../testing/test-leader.ts';

const cluster = 'c1';

function putShard(readable: { node: string; runId: string }[] = [], slots = '0-16383'): Operation {
  const primary = { node: 'n0', runId: 'r0' };
  const value = { id: 'shard-0', slots, epoch: 1, primary, readable, attempt: null };
  return {
    put: records.shard.key({ cluster, shard: 'shard-0' }),
    value: records.shard.encode(value),
  };
}

function putNode(ordinal: number, port: number): Operation {
  const id = `n${ordinal}`;
  const value = { id, shard: 'shard-0', ordinal, host: '127.0.81.1', port };
  return { put: records.node.key({ cluster, node: id }), value: records.node.encode(value) };
}

function putTopology(): Operation {
  const value = records.topology.encode({ version: 1, holds: [] });
  return { put: records.topology.key({ cluster }), value };
}

function write(leader: TestLeader, ...operations: Operation[]): Promise<ClusterState> {
  return leader.writes.write(cluster, () => ({ operations, events: [] }));
}

async function publish(leader: TestLeader): Promise<void> {
  await createCluster(leader, cluster);
  await write(leader, putNode(0, 7000), putNode(1, 7001), putShard());
  await write(leader, putTopology());
}

describe('a write of the leader', () => {
  it('takes a new version exactly when the published topology changes', async () => {
    await using leader = await testLeader();
    await publish(leader);
    const version = async (...operations: Operation[]): Promise<number | undefined> => {
      return topologyOf(await write(leader, ...operations))?.version;
    };
    expect(await version()).toBe(1);
    expect(await version(putShard())).toBe(1);
    expect(await version(putShard([{ node: 'n1', runId: 'r1' }]))).toBe(2);
    expect(await version(putNode(1, 7009))).toBe(3);
    expect(await version(putNode(1, 7009))).toBe(3);
    expect(await version(putNode(0, 7008), putNode(1, 7010))).toBe(4);
  });

  it('tells each version with what changed', async () => {
    await using leader = await testLeader();
    await publish(leader);
    const { events } = await write(leader, putShard([{ node: 'n1', runId: 'r1' }]));
    const told = [...events.values()].map(({ value }) => [value.seq, value.type, value.facts]);
    expect(told).toMatchObject([
      [1, 'topologyPublished', { version: 1, changeCount: 4 }],
      [
        2,
        'topologyPublished',
        { version: 2, changes: [{ type: 'replicasChanged', readable: ['n1'] }] },
      ],
    ]);
  });

  it('refuses to publish a topology with faults', async () => {
    await using leader = await testLeader();
    await publish(leader);
    await expect(write(leader, putShard([], '0-5'))).rejects.toThrow('Slot 6 has no owner');
  });

  it('is refused when another leads', async () => {
    await using leader = await testLeader();
    await createCluster(leader, cluster);
    const key = records.leader.key({});
    await leader.store.transact([], [{ delete: key }]);
    await leader.store.transact(
      [],
      [{ put: key, value: records.leader.encode({ id: 'b', url: 'http://b' }) }],
    );
    await expect(write(leader, putShard())).rejects.toThrow();
    expect(await leader.store.get(records.shard.key({ cluster, shard: 'shard-0' }))).toBe(
      undefined,
    );
  });

  it('is refused when a record that it replaces changed in between', async () => {
    await using leader = await testLeader();
    await createCluster(leader, cluster);
    const foreign: Promise<unknown>[] = [];
    const overtaken = leader.writes.write(cluster, (): Draft => {
      foreign.push(leader.store.transact([], [putNode(0, 7001)]));
      return { operations: [putNode(0, 7000)], events: [] };
    });
    await expect(overtaken).rejects.toMatchObject({ code: 'CONFLICT' });
    await Promise.all(foreign);
    await expect(write(leader, putNode(0, 7000))).resolves.toBeDefined();
  });

  it('is not sent when our own lease is not certain', async () => {
    await using leader = await testLeader();
    leader.lease.validUntilMs = leader.clock.monotonicMs();
    await expect(createCluster(leader, cluster)).rejects.toMatchObject({ code: 'NO_LEADER' });
  });

  it('keeps the last events of a cluster, numbered without gaps', async () => {
    await using leader = await testLeader();
    await createCluster(leader, cluster);
    const events = Array.from({ length: 50 }, () => ({ type: 'x', message: 'x' }));
    let state: ClusterState | undefined;
    for (let round = 0; round < 21; round++) {
      state = await leader.writes.write(cluster, () => ({ operations: [], events }));
    }
    const seqs = [...state!.events.values()].map(({ value }) => value.seq);
    expect(seqs).toHaveLength(EVENTS_KEPT);
    expect([seqs[0], seqs.at(-1)]).toEqual([51, 1050]);
  });
});
