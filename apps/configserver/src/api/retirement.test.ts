import { describe, expect, it } from 'vitest';
import { records, type Operation } from '@keyfleet/store';
import type { LeaderWrites } from '../act/leader-writes.ts';
import { assembleTopology } from '../observe/assemble-topology.ts';
import { createCluster, testLeader, type TestLeader } from '../testing/test-leader.ts';
import { endForgetting, forget, retire } from './retirement.ts';

const cluster = 'team-a.c1';

/** Published, with more records than one transaction takes. */
async function large(): Promise<TestLeader> {
  const leader = await testLeader();
  await createCluster(leader, cluster);
  const nodes = Array.from({ length: 250 }, (_node, ordinal): Operation => {
    const value = { id: `n${ordinal}`, shard: 'shard-0', ordinal, host: 'h', port: 6379 };
    const put = records.node.key({ cluster, node: value.id });
    return { put, value: records.node.encode(value) };
  });
  const shard = {
    id: 'shard-0',
    slots: '0-16383',
    epoch: 1,
    primary: { node: 'n0', runId: 'r0' },
    readable: [],
    attempt: null,
  };
  const rest: Operation[] = [
    {
      put: records.shard.key({ cluster, shard: 'shard-0' }),
      value: records.shard.encode(shard),
    },
    {
      put: records.credentials.key({ cluster }),
      value: records.credentials.encode({ secret: 's' }),
    },
  ];
  const topology = records.topology.encode({ version: 1, holds: [] });
  const published = [{ put: records.topology.key({ cluster }), value: topology }];
  for (const operations of [nodes.slice(0, 100), nodes.slice(100, 200), nodes.slice(200), rest]) {
    await leader.writes.write(cluster, () => ({ operations, events: [] }));
  }
  await leader.writes.write(cluster, () => ({ operations: published, events: [] }));
  return leader;
}

/** Ends with an error before the write after `count`, as a leader that dies. */
function dying({ writes }: TestLeader, count: number): Pick<LeaderWrites, 'write'> {
  let left = count;
  return {
    write: async (...given) => {
      if (left-- === 0) throw new Error('died');
      return writes.write(...given);
    },
  };
}

const stateOf = ({ cache }: TestLeader) => cache.state.clusters.get(cluster);

describe('forgetting', () => {
  it.each([1, 2, 3])('goes on after a crash behind write %i', async (count) => {
    await using leader = await large();
    await retire(leader.writes, cluster);
    expect(assembleTopology(stateOf(leader)!)).toBeDefined();
    await expect(forget(dying(leader, count), cluster)).rejects.toThrow('died');
    // Nobody takes what is left for a cluster.
    const state = stateOf(leader)!;
    expect(state.cluster?.value).toMatchObject({ retired: true, forgetting: true });
    expect([state.topology, state.credentials]).toEqual([undefined, undefined]);
    await forget(leader.writes, cluster);
    expect((await leader.store.list(records.cluster.key({ cluster }))).entries).toEqual([]);
  });

  it('is ended by whoever wants the name', async () => {
    await using leader = await large();
    await retire(leader.writes, cluster);
    await expect(forget(dying(leader, 2), cluster)).rejects.toThrow('died');
    await endForgetting(leader.writes, cluster);
    expect(stateOf(leader)).toBeUndefined();
  });

  it('leaves a cluster alone that is only retired', async () => {
    await using leader = await large();
    await retire(leader.writes, cluster);
    await endForgetting(leader.writes, cluster);
    expect(assembleTopology(stateOf(leader)!)).toBeDefined();
  });

  it('removes records that cannot be read, too', async () => {
    await using leader = await large();
    const key = records.node.key({ cluster, node: 'n7' });
    await leader.store.transact([], [{ put: key, value: '{"schema":9}' }]);
    await expect.poll(() => stateOf(leader)!.broken.size).toBe(1);
    await retire(leader.writes, cluster);
    await forget(leader.writes, cluster);
    expect(stateOf(leader)).toBeUndefined();
    expect(await leader.store.get(key)).toBeUndefined();
  });
});
