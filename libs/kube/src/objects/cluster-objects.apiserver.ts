/** What the API server makes of our objects. Nothing of them runs: no host has the label that servers ask for. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testNamespace, type TestNamespace } from '../client/testing/api-server.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { credentialsSecret } from './credentials.ts';
import { proxyObjects } from './proxy-objects.ts';
import { shardObjects } from './shard-objects.ts';
import { placeOf } from './testing/place-of.ts';

const SECRET = 'a secret';
const scheduling = { nodeSelector: { 'keyfleet.test/none': 'x' } };

let test: TestNamespace;
beforeAll(async () => {
  test = await testNamespace();
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: test.namespace } };
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await test.client.merge(namespace, { metadata: { labels } });
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

/** Of a cluster with one shard; nobody owns them, or the garbage collector would look for the owner. */
function objectsOf(name: string, spec: object): KubeObject[] {
  const { namespace } = test;
  const where = { name, namespace, imagePullPolicy: 'Never' } as const;
  const place = placeOf({ scheduling, ...spec }, where);
  return [
    credentialsSecret(place, SECRET),
    ...shardObjects(place, 0, SECRET),
    ...proxyObjects(place),
  ].map((object) => ({ ...object, metadata: { ...object.metadata, ownerReferences: [] } }));
}

async function apply(objects: readonly KubeObject[]): Promise<string[]> {
  const applied: string[] = [];
  for (const object of objects) {
    const { kind, metadata } = await test.client.apply(object);
    // The controllers' status is no change of what we applied.
    applied.push(`${kind} ${metadata.generation ?? metadata.resourceVersion}`);
  }
  return applied;
}

async function podNames(cluster: string): Promise<string[]> {
  const labelSelector = `keyfleet.dev/cluster=${cluster}`;
  const kind = { apiVersion: 'v1', kind: 'Pod' };
  const pods = await test.client.list(kind, { namespace: test.namespace, labelSelector });
  return pods.map(({ metadata }) => metadata.name).sort();
}

const smallest = { persistence: { mode: 'none' }, replicasPerShard: 0 } as const;
const fullest = {
  engine: { flavor: 'valkey', image: 'mirror/valkey:9' },
  replicasPerShard: 2,
  maxMemory: '1Gi',
  config: { hz: '20' },
  resources: { requests: { cpu: '0.5' }, limits: { memory: '2Gi' } },
  storage: { retention: { whenDeleted: 'Delete' } },
  scheduling: {
    ...scheduling,
    antiAffinity: { host: 'preferred' },
    tolerations: [{ key: 'redis', operator: 'Exists' }],
  },
  proxy: { port: 6379, autoscaling: { maxReplicas: 5 } },
} as const;

describe('the API server', () => {
  it.each([
    ['default', {}],
    ['smallest', smallest],
    ['fullest', fullest],
  ])('takes the %s cluster, and the same again is no change', async (name, spec) => {
    const objects = objectsOf(name, spec);
    const applied = await apply(objects);
    expect(await apply(objects)).toEqual(applied);
  });

  it('admits the pods into a restricted namespace', async () => {
    await apply(objectsOf('admitted', { replicasPerShard: 1 }));
    await expect
      .poll(() => podNames('admitted'), { timeout: 60_000 })
      .toEqual([
        expect.stringMatching(/^admitted-proxy-/),
        expect.stringMatching(/^admitted-proxy-/),
        'admitted-shard-0-0',
        'admitted-shard-0-1',
      ]);
  });

  it('takes every change that a manifest may make', async () => {
    for (const spec of [{}, fullest, {}]) await apply(objectsOf('changed', spec));
  });

  it.each([
    ['the size of volumes', { storage: { size: '2Gi' } }],
    ['the StorageClass', { storage: { storageClassName: 'fast' } }],
    ['whether there are volumes', { persistence: { mode: 'none' } }],
  ] as const)('refuses a change of %s, as the CRD does', async (_what, spec) => {
    await apply(objectsOf('fixed', {}));
    await expect(apply(objectsOf('fixed', spec))).rejects.toMatchObject({ code: 'INVALID' });
  });
});
