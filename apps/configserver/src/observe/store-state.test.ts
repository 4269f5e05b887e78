import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventKey, records, type Change, type Entry } from '@keyfleet/store';
import { assembleTopology } from './assemble-topology.ts';
import { emptyState, reduceBatch, revisionOf, stateOf } from './store-state.ts';

const cluster = 'c1';
const keys = {
  topology: records.topology.key({ cluster }),
  shard: records.shard.key({ cluster, shard: 'shard-0' }),
  node0: records.node.key({ cluster, node: 'n0' }),
  node1: records.node.key({ cluster, node: 'n1' }),
};

function entry(key: string, value: string, modRevision = 1): Entry {
  return { key, value, createRevision: 1, modRevision };
}

function node(ordinal: number): string {
  return records.node.encode({
    id: `n${ordinal}`,
    shard: 'shard-0',
    ordinal,
    host: 'h',
    port: 7000 + ordinal,
  });
}

const shard = records.shard.encode({
  id: 'shard-0',
  slots: '0-16383',
  epoch: 2,
  primary: { node: 'n1', runId: 'r1' },
  readable: [{ node: 'n0', runId: 'r0' }],
  attempt: null,
});
const topology = records.topology.encode({ version: 9, holds: [] });
const entries = [
  entry(keys.topology, topology, 4),
  entry(keys.shard, shard, 4),
  entry(keys.node0, node(0), 2),
  entry(keys.node1, node(1), 3),
];
const listed = stateOf({ entries, revision: 4 });
const state = listed.clusters.get(cluster)!;

describe('the state of the store', () => {
  it('has every record with its revision', () => {
    expect(state.nodes.get('n1')).toMatchObject({ modRevision: 3, value: { port: 7001 } });
    expect(revisionOf(state, keys.shard)).toBe(4);
    expect(revisionOf(state, records.node.key({ cluster, node: 'n9' }))).toBe(0);
  });

  it('is the same by list and by watch, however the changes are batched', () => {
    const changes = entries.map((each): Change => ({ type: 'put', entry: each }));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }), (sizes) => {
        let reduced = emptyState;
        const rest = [...changes];
        while (rest.length > 0) {
          const batch = rest.splice(0, sizes.pop() ?? 4);
          reduced = reduceBatch(reduced, { revision: 4, changes: batch });
        }
        expect(reduced).toEqual(listed);
      }),
    );
  });

  it('forgets a cluster with its last record, and leaves the others as they were', () => {
    const other = entry(records.node.key({ cluster: 'c10', node: 'n0' }), node(0));
    const before = stateOf({ entries: [...entries, other], revision: 4 });
    const changes = entries.map(({ key }): Change => ({ type: 'delete', key, modRevision: 5 }));
    const after = reduceBatch(before, { revision: 5, changes });
    expect([...after.clusters.keys()]).toEqual(['c10']);
    expect(after.clusters.get('c10')).toBe(before.clusters.get('c10'));
  });

  it('never takes a record that it cannot read for one that is not there', () => {
    const bad = entry(keys.shard, '{"schema":2}', 7);
    const broken = reduceBatch(listed, { revision: 7, changes: [{ type: 'put', entry: bad }] });
    const damaged = broken.clusters.get(cluster)!;
    expect([...damaged.broken.keys()]).toEqual([keys.shard]);
    expect(assembleTopology(damaged)).toBeUndefined();
    // Whoever replaces or deletes it has to compare what is really there.
    expect(revisionOf(damaged, keys.shard)).toBe(7);
    const good = entry(keys.shard, shard, 8);
    const mended = reduceBatch(broken, { revision: 8, changes: [{ type: 'put', entry: good }] });
    expect(mended.clusters.get(cluster)!.broken.size).toBe(0);
  });

  it('knows the leader, and ignores keys that it does not know', () => {
    const value = records.leader.encode({ id: 'a', url: 'http://a' });
    const odd = entry('/keyfleet/v1/clusters/c1/future/x', 'x');
    const with2 = [entry(records.leader.key({}), value), odd];
    expect(stateOf({ entries: with2, revision: 1 })).toMatchObject({
      leader: { value: { id: 'a' } },
      clusters: new Map(),
    });
  });

  it('keeps events in their order', () => {
    const event = (seq: number): Entry =>
      entry(
        eventKey(cluster, seq),
        records.event.encode({ seq, atMs: 0, type: 't', message: '', facts: {} }),
      );
    const { clusters } = stateOf({ entries: [event(9), event(10)], revision: 1 });
    expect([...clusters.get(cluster)!.events.values()].map(({ value }) => value.seq)).toEqual([
      9, 10,
    ]);
  });
});

describe('assembleTopology', () => {
  it('joins shards with the addresses of their nodes', () => {
    expect(assembleTopology(state)).toEqual({
      cluster,
      version: 9,
      holds: [],
      shards: [
        {
          id: 'shard-0',
          slots: '0-16383',
          epoch: 2,
          primary: { id: 'n1', host: 'h', port: 7001, runId: 'r1' },
          replicas: [{ id: 'n0', host: 'h', port: 7000, runId: 'r0', readable: true }],
        },
      ],
    });
  });

  it('is nothing before the first publication', () => {
    expect(assembleTopology({ ...state, topology: undefined })).toBeUndefined();
  });
});
