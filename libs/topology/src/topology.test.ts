import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ClusterId,
  diffTopology,
  distributeSlots,
  slotOwners,
  Topology,
  topologyFaults,
} from './index.ts';

const node = (id: string, runId = 'r1') => ({ id, runId, host: '127.0.0.1', port: 6379 });

function topology(slots: string[], over: Partial<Topology> = {}): Topology {
  const shards = slots.map((owned, i) => ({
    id: `shard-${i}`,
    slots: owned,
    epoch: 1,
    primary: node(`shard-${i}-0`),
    replicas: [{ ...node(`shard-${i}-1`), readable: true }],
  }));
  return { cluster: 'default', version: 1, shards, holds: [], ...over };
}

describe('ClusterId', () => {
  it.each(['default', 'a', 'team-a.orders', `${'n'.repeat(63)}.${'c'.repeat(40)}`])(
    'takes %j',
    (id) => expect(ClusterId.safeParse(id).success).toBe(true),
  );

  it.each(['', '.', 'a.', '.a', 'a.b.c', 'A', 'a_b', '-a', 'a..b', `x.${'c'.repeat(41)}`, 'a/b'])(
    'refuses %j',
    (id) => expect(ClusterId.safeParse(id).success).toBe(false),
  );
});

describe('distributeSlots', () => {
  it('gives 3 shards the ranges that everybody knows', () => {
    expect(distributeSlots(3)).toEqual(['0-5460', '5461-10921', '10922-16383']);
  });

  it('covers every slot once, with sizes that differ by at most one, for any number of shards', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1024 }), (count) => {
        const ranges = distributeSlots(count);
        expect(topologyFaults(topology(ranges))).toEqual([]);
        const sizes = ranges.map((range) => {
          const [start, end] = range.split('-').map(Number);
          return end! - start! + 1;
        });
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 30 },
    );
  });

  it.each([0, 1025, 1.5, NaN])('refuses %s shards', (count) => {
    expect(() => distributeSlots(count)).toThrow(/want an integer from 1 to 1024/);
  });
});

describe('topologyFaults', () => {
  it.each([
    ['a slot without an owner', topology(['0-5', '7-16383']), 'Slot 6 has no owner'],
    [
      'a slot with two owners',
      topology(['0-8000', '8000-16383']),
      'Slot 8000 is owned by shard-0 and by shard-1',
    ],
    [
      'a hold on a shard that is not there',
      topology(['0-16383'], {
        holds: [{ id: 'h', shard: 'x', what: 'all', how: 'cut', drainMs: 0 }],
      }),
      'Hold h names shard x, which is not in the topology',
    ],
    [
      'two shards of one name',
      {
        ...topology(['0-16383']),
        shards: [
          ...topology(['0-16383']).shards,
          { ...topology(['']).shards[0]!, replicas: [], primary: null },
        ],
      },
      'Two entries name shard shard-0',
    ],
  ])('finds %s', (_name, given, want) => expect(topologyFaults(given)).toContain(want));

  it('accepts a shard that owns nothing', () => {
    expect(topologyFaults(topology(['0-16383', '']))).toEqual([]);
  });
});

describe('slotOwners', () => {
  it('tells the shard of each slot, -1 where there is none', () => {
    const owners = slotOwners(topology(['0-1,5', '2-4']));
    expect([...owners.subarray(0, 7)]).toEqual([0, 0, 1, 1, 1, 0, -1]);
  });
});

describe('diffTopology', () => {
  const before = topology(['0-8191', '8192-16383']);
  it.each<[string, Topology, object[]]>([
    ['nothing for the same', before, []],
    [
      'slots that moved, as one range a route',
      topology(['0-99', '100-16383']),
      [{ type: 'slotsMoved', from: 'shard-0', to: 'shard-1', slots: '100-8191' }],
    ],
    [
      'a new primary',
      {
        ...before,
        shards: [{ ...before.shards[0]!, primary: node('shard-0-1'), epoch: 2 }, before.shards[1]!],
      },
      [{ type: 'primaryChanged', shard: 'shard-0', from: 'shard-0-0', to: 'shard-0-1', epoch: 2 }],
    ],
    [
      'another life of the primary',
      {
        ...before,
        shards: [
          { ...before.shards[0]!, primary: node('shard-0-0', 'r2'), epoch: 2 },
          before.shards[1]!,
        ],
      },
      [{ type: 'primaryChanged', shard: 'shard-0', from: 'shard-0-0', to: 'shard-0-0', epoch: 2 }],
    ],
    [
      'a replica that may not be read',
      {
        ...before,
        shards: [
          { ...before.shards[0]!, replicas: [{ ...node('shard-0-1'), readable: false }] },
          before.shards[1]!,
        ],
      },
      [{ type: 'replicasChanged', shard: 'shard-0', readable: [], unreadable: ['shard-0-1'] }],
    ],
    [
      'a hold',
      {
        ...before,
        holds: [{ id: 'h', shard: 'shard-0', what: 'writes', how: 'drain', drainMs: 1 }],
      },
      [{ type: 'holdSet', hold: 'h', shard: 'shard-0' }],
    ],
  ])('tells %s', (_name, after, want) => expect(diffTopology(before, after)).toEqual(want));

  it('from nothing tells every shard and all slots', () => {
    const types = diffTopology(undefined, before).map((change) => change.type);
    expect(types).toEqual([
      'shardAdded',
      'shardAdded',
      'primaryChanged',
      'replicasChanged',
      'primaryChanged',
      'replicasChanged',
      'slotsMoved',
      'slotsMoved',
    ]);
  });
});

describe('a topology of 1024 shards with two replicas each', () => {
  it('is a valid value of less than 1.5 MB', () => {
    const large = topology(distributeSlots(1024));
    const shards = large.shards.map((shard) => ({
      ...shard,
      primary: node(`${shard.id}-0`, 'f'.repeat(40)),
      replicas: [1, 2].map((i) => ({
        ...node(`${shard.id}-${i}`, 'f'.repeat(40)),
        readable: true,
      })),
    }));
    const text = JSON.stringify({ ...large, shards });
    expect(Topology.parse(JSON.parse(text)).shards).toHaveLength(1024);
    expect(text.length).toBeLessThan(1_500_000);
  });
});
