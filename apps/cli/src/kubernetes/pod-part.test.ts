import type { Pod } from '@keyfleet/kube';
import { expect, it } from 'vitest';
import { clusterOf, isPart, partOf } from './pod-part.ts';
import { podKind } from './pod.ts';

function pod(name: string, labels: Record<string, string>): Pod {
  return { ...podKind, metadata: { name, labels } };
}

const server = pod('orders-shard-10-1', {
  'app.kubernetes.io/component': 'server',
  'keyfleet.dev/cluster': 'orders',
  'keyfleet.dev/shard': 'shard-10',
});

it.each([
  [server, 'shard-10-1', 'orders'],
  [
    pod('orders-proxy-7d9f-x2x', {
      'app.kubernetes.io/component': 'proxy',
      'keyfleet.dev/cluster': 'orders',
    }),
    'proxy',
    'orders',
  ],
  [pod('keyfleet-operator-1', { 'app.kubernetes.io/component': 'operator' }), 'operator', ''],
])('finds what runs in %o', (given, part, cluster) => {
  expect([partOf(given), clusterOf(given)]).toEqual([part, cluster]);
});

it.each([
  ['shard-10-1', 'shard-10-1', true],
  ['shard-10-1', 'shard-10', true],
  ['shard-10-1', 'shard-1', false],
  ['shard-10-1', 'proxy', false],
  ['proxy', 'proxy', true],
])('%s, asked for %s: %s', (part, wanted, want) => {
  expect(isPart(part, wanted)).toBe(want);
});
