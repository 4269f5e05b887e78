import { FINALIZER, KubeError, OwnedObjects, type RedisCluster } from '@keyfleet/kube';
import { createLogger, systemClock } from '@keyfleet/runtime';
import { expect, it } from 'vitest';
import { Reconciler, type ReconcilerOptions } from './reconciler.ts';
import { Reporter } from './reporter.ts';

type Client = ReconcilerOptions['client'];

const log = createLogger('test', 'silent');
const { signal } = new AbortController();
const wanted: RedisCluster = {
  ...{ apiVersion: 'keyfleet.dev/v1alpha1', kind: 'RedisCluster', spec: { shards: 1 } },
  metadata: { namespace: 'shop', name: 'orders', uid: 'u1', resourceVersion: '7' },
};
/** With a spec that nobody understands, so there is nothing to do but to let it go. */
const deleted: RedisCluster = {
  ...{ ...wanted, spec: { shards: -1 } },
  metadata: {
    ...wanted.metadata,
    finalizers: [FINALIZER],
    deletionTimestamp: '2026-11-22T00:00:00Z',
  },
};

/** Looks at what the cache has; `refusal` is the answer of the API server to a change of finalizers. */
async function look(resource: RedisCluster | undefined, refusal?: KubeError) {
  const finalizers: (readonly string[])[] = [];
  const client = {
    setFinalizers: (_resource: RedisCluster, wish: readonly string[]) => {
      finalizers.push(wish);
      return refusal ? Promise.reject(refusal) : Promise.resolve(resource);
    },
  } as unknown as Client;
  const reconciler = new Reconciler({
    ...{ client, log, signal, clock: systemClock, resyncMs: 10_000, deleteDeadlineMs: 120_000 },
    objects: new OwnedObjects('label'),
    resourceOf: () => resource,
    reporter: new Reporter({ client, log, events: { record: () => undefined } }),
    installation: {
      configserverUrls: ['http://127.0.0.1:1'],
      images: { proxy: '', redis: '', valkey: '' },
      imagePullPolicy: 'Never',
      imagePullSecrets: [],
    },
  });
  return { againMs: await reconciler.reconcile('shop/orders', signal), finalizers };
}

it('does nothing about what is gone', async () => {
  expect(await look(undefined)).toEqual({ againMs: null, finalizers: [] });
});

it.each<[string, RedisCluster, KubeError | undefined, string[]]>([
  ['puts its finalizer on', wanted, undefined, [FINALIZER]],
  ['takes its finalizer off', deleted, undefined, []],
  ['takes it off once more, and it was off', deleted, new KubeError('', { code: 'NOT_FOUND' }), []],
])(
  '%s, and looks again even if the watch does not tell',
  async (_name, resource, refusal, want) => {
    expect(await look(resource, refusal)).toEqual({ againMs: 2000, finalizers: [want] });
  },
);

it('fails when the object is another than the one that it looked at', async () => {
  await expect(look(deleted, new KubeError('', { code: 'CONFLICT' }))).rejects.toThrow(KubeError);
});
