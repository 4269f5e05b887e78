import { topologyFaults } from '@keyfleet/topology';
import { describe, expect, it } from 'vitest';
import type { ClusterView } from './cluster-view.ts';
import { topologyOfView } from './view-topology.ts';

const node = (id: string, isHealthy = true) => ({ id, host: `host-${id}`, port: 6379, isHealthy });
const view = (...shards: [slots: string, primary: string, ...replicas: string[]][]): ClusterView =>
  shards.map(([slots, primary, ...replicas]) => ({
    slots,
    primary: node(primary),
    replicas: replicas.map((id) => node(id)),
  }));
const first = topologyOfView('c', view(['9-16383', 'b', 'y'], ['0-8', 'a', 'x']), null);
const shown = ({ shards }: typeof first) =>
  shards.map(({ id, slots, epoch, primary }) => [id, slots, epoch, primary?.id]);

describe('topologyOfView()', () => {
  it('makes version 1, its shards in the order of slots', () => {
    expect(first).toMatchObject({ cluster: 'c', version: 1, holds: [] });
    expect(topologyFaults(first)).toEqual([]);
    expect(shown(first)).toEqual([
      ['shard-0', '0-8', 0, 'a'],
      ['shard-1', '9-16383', 0, 'b'],
    ]);
    expect(first.shards[0]!.replicas).toEqual([
      { id: 'x', host: 'host-x', port: 6379, runId: '', readable: true },
    ]);
  });

  it('is the former one when nothing changed, whatever the order', () => {
    const same = view(['0-8', 'a', 'x'], ['9-16383', 'b', 'y']);
    expect(topologyOfView('c', same, first)).toBe(first);
  });

  it('keeps the id of a shard over a failover, with a higher epoch', () => {
    const after = topologyOfView('c', view(['0-8', 'x', 'a'], ['9-16383', 'b', 'y']), first);
    expect(after.version).toBe(2);
    expect(shown(after)).toEqual([
      ['shard-0', '0-8', 1, 'x'],
      ['shard-1', '9-16383', 0, 'b'],
    ]);
  });

  it('keeps the ids of shards whose slots moved, and gives a new one a number that is free', () => {
    const after = topologyOfView(
      'c',
      view(['20-16383', 'b', 'y'], ['0-5', 'n'], ['6-19', 'a', 'x']),
      first,
    );
    expect(shown(after)).toEqual([
      ['shard-0', '6-19', 0, 'a'],
      ['shard-1', '20-16383', 0, 'b'],
      ['shard-2', '0-5', 0, 'n'],
    ]);
  });

  it('gives the number of a shard that is gone to a new one', () => {
    const after = topologyOfView('c', view(['0-8', 'n'], ['9-16383', 'b', 'y']), first);
    expect(shown(after).map(([id, , , primary]) => [id, primary])).toEqual([
      ['shard-0', 'n'],
      ['shard-1', 'b'],
    ]);
  });

  it('does not have reads go to a replica that failed', () => {
    const [shard] = view(['0-16383', 'a']);
    const after = topologyOfView('c', [{ ...shard!, replicas: [node('x', false)] }], null);
    expect(after.shards[0]!.replicas[0]!.readable).toBe(false);
  });
});
