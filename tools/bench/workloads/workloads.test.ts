import { keySlot } from '@keyfleet/slots';
import { distributeSlots, slotsOf } from '@keyfleet/topology';
import { describe, expect, it } from 'vitest';
import { shardTags } from './shard-tags.ts';
import { fitsCluster, spreadWorkloads, workloads } from './workloads.ts';

describe('workloads', () => {
  const all = [...workloads, ...spreadWorkloads];

  it('have names of their own, without the comma that parts them on the command line', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    expect(all.filter(({ name }) => name.includes(','))).toEqual([]);
  });

  it('share out all their requests', () => {
    for (const { parts } of all)
      expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  });

  it('know which of them a cluster without a proxy can take', () => {
    const named = workloads.filter(fitsCluster).map(({ name }) => name);
    expect(named).toEqual(['GET P1', 'SET P1', 'GET P16', 'SET P16']);
  });
});

describe('shardTags', () => {
  it('finds a hash tag for each shard', () => {
    const shards = distributeSlots(10).map(slotsOf);
    const owners = shardTags(10).map((tag) => {
      const slot = keySlot(Buffer.from(tag), 0, tag.length);
      return shards.findIndex((ranges) =>
        ranges.some(({ start, end }) => slot >= start && slot <= end),
      );
    });
    expect(owners).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
