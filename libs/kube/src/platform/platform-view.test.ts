import type { V1StatefulSet } from '@kubernetes/client-node';
import { ClusterSpec } from '@keyfleet/lifecycle';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../client/kube-object.ts';
import { CLUSTER_LABEL, proxyLabels, serverLabels } from '../objects/labels.ts';
import { sealed } from '../objects/sealed.ts';
import { shardObjects } from '../objects/shard-objects.ts';
import { objectOf } from '../objects/testing/object-of.ts';
import { placeOf } from '../objects/testing/place-of.ts';
import { OwnedObjects, type ObjectIndex } from './owned-objects.ts';
import { outdatedParts, proxiesView, serverViews, staleServers } from './platform-view.ts';

const spec = ClusterSpec.parse({ shards: 1, replicasPerShard: 0 });

function found(...objects: KubeObject[]): ObjectIndex {
  const all = new OwnedObjects(CLUSTER_LABEL);
  for (const object of objects) all.remember(object);
  return all.of('team-a', 'orders');
}

function object(kind: string, name: string, more: object = {}): KubeObject {
  const labels = serverLabels('orders', 'shard-0');
  const { metadata = {}, ...rest } = more as { metadata?: object };
  return {
    apiVersion: 'v1',
    kind,
    metadata: { namespace: 'team-a', name, uid: name, labels, ...metadata },
    ...rest,
  };
}

const set = object('StatefulSet', 'orders-shard-0');
const ready = {
  status: { podIP: '10.0.0.7', conditions: [{ type: 'Ready', status: 'True' }] },
};
const owned = {
  ownerReferences: [
    { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'x', uid: 'x', controller: true },
  ],
};
const ending = { metadata: { deletionTimestamp: '2026-11-22T10:00:00Z' } };
const volume = (more: object = {}) =>
  object('PersistentVolumeClaim', 'data-orders-shard-0-0', more);

describe('a server', () => {
  it.each<[string, KubeObject[], object]>([
    ['is absent without a StatefulSet', [], { state: 'absent' }],
    ['is absent while only its volume is kept', [volume()], { state: 'absent' }],
    [
      'waits for a volume that is being deleted: a new claim would have its name',
      [volume(ending)],
      { state: 'stopping', because: 'is gone, but its volume is still being deleted' },
    ],
    [
      'is stopping while its pod ends',
      [object('Pod', 'orders-shard-0-0', ending)],
      { state: 'stopping', because: 'is ending' },
    ],
    [
      'is stopping while its pod has an owner, before Kubernetes says that it ends',
      [object('Pod', 'orders-shard-0-0', { ...ready, metadata: owned })],
      { state: 'stopping', because: 'is ending' },
    ],
    [
      'is absent when its pod was left an orphan: a new StatefulSet adopts it',
      [object('Pod', 'orders-shard-0-0', ready)],
      { state: 'absent' },
    ],
    ['starts until it has a pod', [set], { state: 'starting', because: 'has no pod yet' }],
    [
      'is ready at the address of its pod',
      [set, object('Pod', 'orders-shard-0-0', ready)],
      { state: 'ready', address: { host: '10.0.0.7', port: 6379 } },
    ],
  ])('%s', (_title, objects, want) => {
    expect(serverViews('orders', spec, found(...objects)).get('shard-0-0')).toEqual(want);
  });
});

describe('the proxies', () => {
  const labels = proxyLabels('orders');
  const deployment = (more: object = {}) =>
    object('Deployment', 'orders-proxy', { metadata: { labels }, ...more });
  const rollout = (status: object) =>
    deployment({
      metadata: { labels, generation: 2 },
      spec: { replicas: 2 },
      status: { observedGeneration: 2, ...status },
    });

  it.each<[string, KubeObject[], object]>([
    ['are absent without a Deployment', [], { state: 'absent' }],
    [
      'are stopping while one of their pods is left',
      [object('Pod', 'orders-proxy-x', { metadata: { labels } })],
      { state: 'stopping', because: 'is ending' },
    ],
    [
      'are ready with one that is available',
      [rollout({ replicas: 2, availableReplicas: 1, updatedReplicas: 2 })],
      { state: 'ready', count: 1, wanted: 2, outdated: 0, stuck: null },
    ],
    [
      'are outdated until the last is replaced',
      [rollout({ replicas: 3, availableReplicas: 2, updatedReplicas: 1 })],
      { state: 'ready', count: 2, wanted: 2, outdated: 2, stuck: null },
    ],
    [
      'are outdated until Kubernetes has seen what they should be',
      [rollout({ observedGeneration: 1, replicas: 2, availableReplicas: 2, updatedReplicas: 2 })],
      { state: 'ready', count: 2, wanted: 2, outdated: 2, stuck: null },
    ],
    [
      'are stuck when Kubernetes has lost its patience',
      [
        rollout({
          ...{ replicas: 3, availableReplicas: 2, updatedReplicas: 1 },
          conditions: [{ type: 'Progressing', status: 'False', message: 'timed out' }],
        }),
      ],
      { state: 'ready', count: 2, wanted: 2, outdated: 2, stuck: 'timed out' },
    ],
    [
      'are stuck when the pods that would replace them are refused',
      [
        rollout({
          ...{ replicas: 2, availableReplicas: 2, updatedReplicas: 0 },
          conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'quota' }],
        }),
      ],
      { state: 'ready', count: 2, wanted: 2, outdated: 2, stuck: 'cannot be made: quota' },
    ],
    [
      'start until then',
      [deployment({ status: { replicas: 2 } })],
      { state: 'starting', because: 'runs, but none of 2 pods is available' },
    ],
    [
      'fail when their pods are refused',
      [
        deployment({
          status: { conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'quota' }] },
        }),
      ],
      { state: 'failed', because: 'cannot be made: quota' },
    ],
  ])('%s', (_title, objects, want) => {
    expect(proxiesView('orders', found(...objects))).toEqual(want);
  });
});

describe('stale servers', () => {
  const wanted = (spec: object = {}) => ({
    shards: new Map([['shard-0', shardObjects(placeOf({ shards: 1, ...spec }), 0, 'a secret')]]),
  });
  const pod = objectOf<V1StatefulSet>(wanted().shards.get('shard-0')!, 'StatefulSet').spec!
    .template;

  it.each<[string, KubeObject[], ReturnType<typeof wanted>, string[]]>([
    ['are none without pods', [], wanted(), []],
    ['are not those of the same template', [object('Pod', 'orders-shard-0-0', pod)], wanted(), []],
    [
      'are those of another template',
      [object('Pod', 'orders-shard-0-0', pod)],
      wanted({ resources: { requests: { cpu: '2' } } }),
      ['shard-0-0'],
    ],
    [
      'are those with another configuration',
      [object('Pod', 'orders-shard-0-0', pod)],
      wanted({ config: { hz: '20' } }),
      ['shard-0-0'],
    ],
    ['are those that do not say', [object('Pod', 'orders-shard-0-0')], wanted(), ['shard-0-0']],
  ])('%s', (_title, objects, templates, want) => {
    expect(staleServers('orders', spec, templates, found(...objects))).toEqual(want);
  });
});

describe('outdated parts', () => {
  const service = sealed(object('Service', 'orders-shard-0'));
  const wanted = { shards: new Map([['shard-0', [service]]]), proxies: [] };
  const running = {
    servers: new Map([['shard-0-0', { state: 'starting', because: 'has no pod yet' } as const]]),
    proxies: { state: 'absent' } as const,
  };

  it.each<[string, KubeObject[], string[]]>([
    ['are those with an object missing', [], ['shard-0']],
    ['are those with another object', [object('Service', 'orders-shard-0')], ['shard-0']],
    ['are not those that are as they should be', [service], []],
  ])('%s', (_title, objects, want) => {
    expect(outdatedParts(wanted, running, found(...objects))).toEqual(want);
  });

  it('are not those that do not run: they are started', () => {
    const servers = new Map([['shard-0-0', { state: 'absent' } as const]]);
    expect(outdatedParts(wanted, { ...running, servers }, found())).toEqual([]);
  });
});
