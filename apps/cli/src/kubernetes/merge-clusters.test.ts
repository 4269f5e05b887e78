import type { ClusterStatus } from '@keyfleet/api';
import { expect, it } from 'vitest';
import type { RedisCluster } from '@keyfleet/kube';
import { mergeClusters } from './merge-clusters.ts';

function known(name: string): ClusterStatus {
  return { name, phase: 'Ready', topologyVersion: 3, shards: [], proxies: [] };
}

function resource(namespace: string, name: string, told?: { phase: string; message: string }) {
  const status = told && { status: told };
  const kind = { apiVersion: 'keyfleet.dev/v1alpha1', kind: 'RedisCluster' };
  return { ...kind, metadata: { namespace, name }, ...status } as RedisCluster;
}

const all = [known('team-b.orders'), known('team-a.orders'), known('stock')];

it('shows a namespace its own clusters, under their own names', () => {
  expect(mergeClusters(all, [], 'team-a')).toEqual([
    { name: 'orders', status: known('team-a.orders'), unknown: null },
  ]);
});

it('shows all with their namespaces, by name', () => {
  const names = mergeClusters(all, [], null).map(({ name }) => name);
  expect(names).toEqual(['stock', 'team-a/orders', 'team-b/orders']);
});

it('shows a manifest once, and only until the configserver has something to show', () => {
  const resources = [resource('team-a', 'orders'), resource('team-a', 'new')];
  const shown = mergeClusters(all, resources, 'team-a');
  expect(shown.map(({ name, unknown }) => [name, unknown])).toEqual([
    ['new', { phase: 'Creating', because: 'the operator has not begun with it' }],
    ['orders', null],
  ]);
  expect(shown[0]!.status).toEqual({
    name: 'team-a.new',
    phase: 'Creating',
    topologyVersion: 0,
    shards: [],
    proxies: [],
  });
});

it.each([
  ['Degraded', 'Degraded'],
  ['Blocked', 'Creating'],
])('tells people that it is %s, and programs %s', (phase, forPrograms) => {
  const told = { phase, message: 'no room for shard-0-1' };
  const [shown] = mergeClusters([], [resource('team-a', 'new', told)], 'team-a');
  expect(shown!.unknown).toEqual({ phase, because: told.message });
  expect(shown!.status.phase).toBe(forPrograms);
});
