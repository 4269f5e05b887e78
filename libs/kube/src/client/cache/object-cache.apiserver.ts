/** Against the API server, through a proxy that breaks the connection. */
import { createLogger, systemClock } from '@keyfleet/runtime';
import { startFaultProxy, type FaultProxy } from '@keyfleet/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KubeClient, type WatchOptions } from '../kube-client.ts';
import type { Kind, KubeObject } from '../kube-object.ts';
import { loadKubeConfig } from '../load-kube-config.ts';
import { testNamespace, type TestNamespace } from '../testing/api-server.ts';
import { ObjectCache, type CacheOptions } from './object-cache.ts';

const kind: Kind = { apiVersion: 'v1', kind: 'ConfigMap' };
const labelSelector = 'keyfleet.test/of=cache';

let test: TestNamespace;
let proxy: FaultProxy;
beforeAll(async () => {
  test = await testNamespace();
  const server = new URL(test.client.config.getCurrentCluster()!.server);
  proxy = await startFaultProxy({ host: server.hostname, port: Number(server.port) });
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
});

function throughProxy(): KubeClient {
  const config = loadKubeConfig({ environment: process.env });
  const server = `https://${proxy.host}:${proxy.port}`;
  // The certificate is for the server's own names.
  config.clusters = config.clusters.map((cluster) => ({
    ...cluster,
    server,
    tlsServerName: 'kubernetes.default.svc',
  }));
  return new KubeClient(config);
}

async function put(name: string): Promise<void> {
  const labels = { 'keyfleet.test/of': 'cache' };
  const metadata = { name, namespace: test.namespace, labels };
  const data = { at: String(systemClock.monotonicMs()) };
  await test.client.apply({ ...kind, metadata, data } as KubeObject);
}

function startCache(options: Partial<CacheOptions<KubeObject>> = {}) {
  const cache = new ObjectCache({
    client: throughProxy(),
    kind,
    selection: { namespace: test.namespace, labelSelector, metadataOnly: true },
    clock: systemClock,
    random: Math.random,
    log: createLogger('test', 'silent'),
    ...options,
  });
  cache.start();
  const names = () => [...cache.all()].map(({ metadata }) => metadata.name).sort();
  const sees = async (...want: string[]) => expect.poll(names, { timeout: 20_000 }).toEqual(want);
  return { cache, names, sees };
}

describe('an ObjectCache of a real API server', () => {
  it('follows what happens, also to what was cut off', async () => {
    await put('first');
    const { cache, sees } = startCache();
    await cache.synced;
    await sees('first');
    await put('second');
    await sees('first', 'second');
    expect(cache.get(test.namespace, 'first')).toMatchObject(kind);
    expect(cache.get(test.namespace, 'first')).not.toHaveProperty('data');

    proxy.cut();
    await test.client.delete({ ...kind, metadata: { name: 'first', namespace: test.namespace } });
    await put('third');
    proxy.heal();
    await sees('second', 'third');
    await cache.stop();
  });

  it('opens a watch that is silent again, without a list', async () => {
    const { client, counted } = countingClient();
    const { cache, names, sees } = startCache({ client, silenceMs: 200 });
    await cache.synced;
    await expect.poll(() => counted.watches, { timeout: 20_000 }).toBeGreaterThan(2);
    const before = names();
    await put('late');
    await sees(...[...before, 'late'].sort());
    expect(counted.lists).toBe(1);
    await cache.stop();
  });

  it('lists again when the server has forgotten its version', async () => {
    const { client, counted } = countingClient({ firstVersion: '1' });
    const { cache, names, sees } = startCache({ client });
    await cache.synced;
    const before = names();
    await put('after');
    await sees(...[...before, 'after'].sort());
    expect(counted.lists).toBe(2);
    await cache.stop();
  });
});

/** Its first watch may be from another version than was asked for. */
function countingClient({ firstVersion }: { firstVersion?: string } = {}) {
  const inner = throughProxy();
  const counted = { lists: 0, watches: 0 };
  const client: CacheOptions<KubeObject>['client'] = {
    onMismatch: (listener) => inner.onMismatch(listener),
    pages: (...args) => {
      counted.lists++;
      return inner.pages(...args);
    },
    watch: (watched: Kind, options: WatchOptions) => {
      const isFirst = counted.watches++ === 0;
      const { resourceVersion } = options;
      const version = isFirst ? (firstVersion ?? resourceVersion) : resourceVersion;
      return inner.watch(watched, { ...options, resourceVersion: version });
    },
  };
  return { client, counted };
}
