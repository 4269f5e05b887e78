/** Cluster clients that are pointed at the proxy: for them it is a node of a Redis Cluster, and the only one. */
import { GlideClusterClient, ClusterBatch, Logger, ProtocolVersion } from '@valkey/valkey-glide';
import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import { beforeEach, describe, expect, it } from 'vitest';
import { usePlatform } from './platform.ts';
import { RawClient, type Server } from './raw-client.ts';
import { FOREIGN_TIMEOUT_MS, redisPyCluster } from './tours/foreign.ts';

// Else it prints each of a hundred commands that it repeats while a primary is away.
Logger.setLoggerConfig('off');

const platform = usePlatform();
const RECOVERY = { timeout: 20_000, interval: 100 };
const KEYS = Array.from({ length: 100 }, (_, i) => `cluster:${i}`);

beforeEach(async () => {
  using raw = await RawClient.connect(platform.current);
  await raw.call('FLUSHALL');
});

type ClusterClient = Disposable & {
  set(key: string, value: string): Promise<unknown>;
  get(key: string): Promise<unknown>;
  transaction(key: string, value: string): Promise<unknown>;
};

const drivers: Readonly<Record<string, (server: Server, version: 2 | 3) => Promise<ClusterClient>>> = {
  ioredis: async (server) => {
    const cluster = new Cluster([server], { lazyConnect: true });
    await cluster.connect();
    return {
      set: (key, value) => cluster.set(key, value),
      get: (key) => cluster.get(key),
      transaction: async (key, value) =>
        (await cluster.multi().set(key, value).get(key).exec())?.map(([, reply]) => reply),
      [Symbol.dispose]: () => cluster.disconnect(),
    };
  },
  'node-redis': async ({ host, port }, version) => {
    const cluster = createCluster({ rootNodes: [{ url: `redis://${host}:${port}` }], RESP: version as 3 });
    await cluster.connect();
    return {
      set: (key, value) => cluster.set(key, value),
      get: (key) => cluster.get(key),
      transaction: (key, value) => cluster.multi().set(key, value).get(key).exec(),
      [Symbol.dispose]: () => cluster.destroy(),
    };
  },
  'valkey-glide': async (server, version) => {
    const protocol = version === 2 ? ProtocolVersion.RESP2 : ProtocolVersion.RESP3;
    const cluster = await GlideClusterClient.createClient({ addresses: [server], protocol });
    return {
      set: (key, value) => cluster.set(key, value),
      get: (key) => cluster.get(key),
      transaction: (key, value) => cluster.exec(new ClusterBatch(true).set(key, value).get(key), true),
      [Symbol.dispose]: () => cluster.close(),
    };
  },
}; // prettier-ignore

const cases = Object.keys(drivers).flatMap((name) => [2, 3].map((version) => ({ name, version: version as 2 | 3 }))); // prettier-ignore

describe.each(cases)('$name over RESP$version', ({ name, version }) => {
  it('finds every key, and has transactions', async () => {
    using cluster = await drivers[name]!(platform.current, version);
    await Promise.all(KEYS.map((key) => cluster.set(key, `value of ${key}`)));
    expect(await Promise.all(KEYS.map((key) => cluster.get(key)))).toEqual(
      KEYS.map((key) => `value of ${key}`),
    );
    for (const key of KEYS.slice(0, 10))
      expect(await cluster.transaction(key, 'new')).toEqual(['OK', 'new']);
  });

  it('goes on when a primary was lost and is back', { timeout: 60_000 }, async () => {
    using cluster = await drivers[name]!(platform.current, version);
    await Promise.all(KEYS.map((key) => cluster.set(key, `value of ${key}`)));
    process.kill((await platform.current.shard('shard-1')).primary!.pid!, 'SIGKILL');
    const isBack = (): Promise<boolean> =>
      Promise.all(KEYS.map((key) => cluster.set(key, `new value of ${key}`))).then(
        () => true,
        () => false,
      );
    await expect.poll(isBack, RECOVERY).toBe(true);
    expect(await Promise.all(KEYS.map((key) => cluster.get(key)))).toEqual(
      KEYS.map((key) => `new value of ${key}`),
    );
  });
});

describe.each([2, 3] as const)('redis-py over RESP%i', (version) => {
  it('finds every key, and has transactions', { timeout: FOREIGN_TIMEOUT_MS }, async ({ skip }) => {
    const fetched = await redisPyCluster.fetch();
    if (!fetched.ok) skip(`redis-py cannot be had here: ${fetched.because}`);
    const { exitCode, output } = await redisPyCluster.run(platform.current, version);
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: 'done\n' });
  });
});
