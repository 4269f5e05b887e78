import type { Topology } from '@keyfleet/topology';
import { describe, expect, it } from 'vitest';
import { compareIds, keyspaceMap, type KeyspaceMap } from './keyspace-map.ts';
import { resumeScan, resumeSlot } from './resume-scan.ts';

/** `{0: '0-99', 1: '100-199 life2'}`. */
function map(shards: Record<number, string>): KeyspaceMap {
  const topology: Topology = {
    cluster: 'default',
    version: 1,
    holds: [],
    shards: Object.entries(shards).map(([number, text]) => {
      const [slots = '', runId = 'life1'] = text.split(' ');
      const primary = { id: `shard-${number}-0`, host: 'h', port: 1, runId };
      return { id: `shard-${number}`, slots, epoch: 1, primary, replicas: [] };
    }),
  };
  return keyspaceMap(topology);
}

const three = map({ 0: '0-99', 1: '100-199', 2: '200-299' });
const here = { shard: 1, node: 7n };

describe('a scan goes on', () => {
  it.each([
    ['where it is when nothing changed', three, here],
    ['where it is when another server is a new one', map({ 0: '0-99 b', 1: '100-199', 2: '200-299 b' }), here],
    ['at the beginning of its shard when that has a new server', map({ 0: '0-99', 1: '100-199 b', 2: '200-299' }), { shard: 1, node: 0n }],
    ['where it is when slots went from a done shard to one ahead', map({ 0: '0-49', 1: '100-199', 2: '50-99,200-299' }), here],
    ['where it is when slots went from its shard to one ahead', map({ 0: '0-99', 1: '100-149', 2: '150-299' }), here],
    ['where it is when slots went from a done shard to its own', map({ 0: '0-49', 1: '50-199', 2: '200-299' }), here],
    ['where it is when a shard ahead is new', map({ 0: '0-99', 1: '100-199', 2: '200-249', 3: '250-299' }), here],
    ['at the beginning of its shard when that got slots from ahead', map({ 0: '0-99', 1: '100-249', 2: '250-299' }), { shard: 1, node: 0n }],
    ['at a done shard that got slots of its own', map({ 0: '0-149', 1: '150-199', 2: '200-299' }), { shard: 0, node: 0n }],
    ['at a done shard that got slots from ahead', map({ 0: '0-99,250-299', 1: '100-199', 2: '200-249' }), { shard: 0, node: 0n }],
    ['at the shard behind its own when that is gone', map({ 0: '0-99', 2: '100-299' }), { shard: 1, node: 0n }],
    ['where it is, a place further back, when a done shard is gone', map({ 1: '0-199', 2: '200-299' }), { shard: 0, node: 7n }],
  ])('%s', (_, now, want) => expect(resumeScan(here, three, now)).toEqual(want)); // prettier-ignore

  it('nowhere when the last shard is gone, and what it had was returned', () => {
    const now = map({ 0: '0-99', 1: '100-299' });
    expect(resumeScan({ shard: 2, node: 0n }, three, now)).toEqual({ shard: 1, node: 0n });
    const moved = map({ 0: '0-99', 1: '100-199' });
    expect(resumeScan({ shard: 2, node: 9n }, three, moved)).toBeNull();
  });

  it('of one slot at its owner, from the beginning when that is another', () => {
    const at = { shard: 1, node: 7n };
    expect(resumeSlot(at, { slot: 150, then: three, now: three })).toEqual(at);
    const now = map({ 0: '0-99', 1: '100-149', 2: '150-299' });
    expect(resumeSlot(at, { slot: 120, then: three, now })).toEqual(at);
    expect(resumeSlot(at, { slot: 150, then: three, now })).toEqual({ shard: 2, node: 0n });
    const restarted = map({ 0: '0-99', 1: '100-199 b', 2: '200-299' });
    expect(resumeSlot(at, { slot: 150, then: three, now: restarted })).toEqual({
      shard: 1,
      node: 0n,
    });
    // Another pattern than before.
    expect(resumeSlot(at, { slot: 250, then: three, now: three })).toEqual({ shard: 2, node: 0n });
  });
});

describe('a map', () => {
  it('is named by its owners and lives, not by the order of its shards', () => {
    expect(map({ 0: '0-9', 1: '10-99' }).name).not.toBe(map({ 0: '0-8', 1: '9-99' }).name);
    expect(map({ 0: '0-9 a', 1: '10-99' }).name).not.toBe(map({ 0: '0-9', 1: '10-99' }).name);
    expect(map({ 1: '10-99', 0: '0-9' }).name).toBe(map({ 0: '0-9', 1: '10-99' }).name);
  });

  it('has shards in the order of their numbers, and none without slots', () => {
    const ids = map({ 10: '0-9', 9: '10-19', 100: '20-29', 1: '' }).shards.map(({ id }) => id);
    expect(ids).toEqual(['shard-9', 'shard-10', 'shard-100']);
    expect(compareIds('shard-01', 'shard-1')).toBe(-compareIds('shard-1', 'shard-01'));
  });
});
