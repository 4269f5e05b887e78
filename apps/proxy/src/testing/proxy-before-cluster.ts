/** A proxy in this process over a Redis Cluster, which the test changes as it likes. */
import { loadSettings } from '@keyfleet/runtime';
import { temporaryDirectory, type RedisCluster } from '@keyfleet/testkit';
import { Redis } from 'ioredis';
import type { Proxy } from '../proxy.ts';
import { proxySettings } from '../settings.ts';
import { eventually } from './eventually.ts';
import { startQuietProxy } from './proxy-under-test.ts';

export type ProxyBeforeCluster = AsyncDisposable & {
  readonly proxy: Proxy;
  client(): Redis;
  admin(path: string): Promise<unknown>;
  /** The counter or gauge of this name, e.g. `redirects_moved_total`. */
  metric(name: string): Promise<number>;
};

/** Ready when it resolves. `flags` of the proxy, e.g. `{ 'op-timeout-ms': '200' }`. */
export async function startProxyBeforeCluster(
  cluster: Pick<RedisCluster, 'addresses'>,
  flags: Record<string, string> = {},
): Promise<ProxyBeforeCluster> {
  const stateDir = await temporaryDirectory();
  const all = {
    port: '0',
    'admin-port': '0',
    upstream: 'redis-cluster',
    seeds: cluster.addresses.join(),
    'state-dir': stateDir.path,
    ...flags,
  };
  const argv = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const proxy = await startQuietProxy(loadSettings(proxySettings, { argv, env: {} }));
  const at = `http://127.0.0.1:${proxy.adminPort}`;
  const admin = async (path: string): Promise<unknown> => (await fetch(`${at}${path}`)).json();
  const clients: Redis[] = [];
  await eventually(async () => ((await admin('/readyz')) as { ready: boolean }).ready);
  return {
    proxy,
    admin,
    client: () => {
      const options = { maxRetriesPerRequest: 0, retryStrategy: () => null };
      const client = new Redis({ host: '127.0.0.1', port: proxy.port, ...options });
      client.on('error', () => undefined);
      clients.push(client);
      return client;
    },
    metric: async (name) => {
      const text = await (await fetch(`${at}/metrics`)).text();
      return Number(new RegExp(`^keyfleet_proxy_${name} (\\S+)`, 'm').exec(text)?.[1] ?? NaN);
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.disconnect();
      await proxy.stop();
      await stateDir[Symbol.asyncDispose]();
    },
  };
}
