import type { Pod } from '@keyfleet/kube';
import { expect, it } from 'vitest';
import { choosePods, refuseAll, scopeOf, type Wanted } from './choose-pods.ts';
import { podKind } from './pod.ts';

function server(cluster: string, shard: string, ordinal: number): Pod {
  const name = `${cluster}-${shard}-${ordinal}`;
  return pod(name, cluster, { 'keyfleet.dev/shard': shard });
}

function pod(name: string, cluster: string, more: Record<string, string>): Pod {
  return { ...podKind, metadata: { name, labels: { 'keyfleet.dev/cluster': cluster, ...more } } };
}

const proxy = pod('orders-proxy-x', 'orders', { 'app.kubernetes.io/component': 'proxy' });
const pods = [
  server('stock', 'shard-0', 0),
  server('orders', 'shard-1', 0),
  server('orders', 'shard-0', 1),
  proxy,
];

function wanted(change: Partial<Wanted>): Wanted {
  return {
    cluster: '',
    component: undefined,
    namespace: 'shop',
    installNamespace: 'keyfleet-system',
    ...change,
  };
}

function namesOf(change: Partial<Wanted>): string[] {
  return choosePods(pods, wanted(change)).map(({ metadata }) => metadata.name);
}

it.each<[Partial<Wanted>, string[]]>([
  [{}, ['orders-proxy-x', 'orders-shard-0-1', 'orders-shard-1-0', 'stock-shard-0-0']],
  [{ cluster: 'stock' }, ['stock-shard-0-0']],
  [{ component: 'shard-0' }, ['orders-shard-0-1', 'stock-shard-0-0']],
  [{ component: 'shard-0-1' }, ['orders-shard-0-1']],
  [{ cluster: 'orders', component: 'proxy' }, ['orders-proxy-x']],
  [{ cluster: 'stock', component: 'proxy' }, []],
])('%o is the logs of %j', (change, want) => {
  expect(namesOf(change)).toEqual(want);
});

it('looks for what all clusters share where Keyfleet is installed', () => {
  expect(scopeOf(wanted({ component: 'shard-0' }))).toEqual({
    namespace: 'shop',
    labelSelector: 'keyfleet.dev/cluster',
  });
  expect(scopeOf(wanted({ component: 'operator', cluster: 'stock' }))).toEqual({
    namespace: 'keyfleet-system',
    labelSelector: 'app.kubernetes.io/name=keyfleet,app.kubernetes.io/component=operator',
  });
});

it.each<[string, readonly Pod[], Partial<Wanted>, string]>([
  [
    'no operator',
    [],
    { component: 'operator' },
    'Cannot show logs of operator: it has no pods in keyfleet-system, want the namespace that Keyfleet is installed in (--install-namespace)',
  ],
  [
    'an empty namespace',
    [],
    {},
    'Cannot show logs: no cluster has pods in the namespace shop, want another --namespace',
  ],
  [
    'another cluster',
    pods,
    { cluster: 'order' },
    'Cannot show the cluster order: there is no such cluster, want one of orders, stock',
  ],
  [
    'another component',
    [proxy],
    { component: 'shard-7' },
    'Cannot show logs of shard-7: want one of operator, configserver, etcd, proxy',
  ],
])('says what there is instead of %s', (_name, there, change, want) => {
  expect(() => refuseAll(there, wanted(change))).toThrow(want);
});
