/** A proxy in this process over a real Redis Cluster, which the test changes as it likes. */
import { loadSettings } from '@keyfleet/runtime';
import { keySlot } from '@keyfleet/slots';
import { startRedisCluster, temporaryDirectory, type RedisCluster } from '@keyfleet/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import type { Proxy } from '../proxy.ts';
import { proxySettings } from '../settings.ts';
import { eventually } from './eventually.ts';
import { LineClient } from './line-client.ts';
import { startQuietProxy } from './proxy-under-test.ts';
import { RawClient } from './raw-client.ts';

export const OK = { type: 'status', text: 'OK' };

/** Of the proxy, e.g. `{ 'refresh-ms': '100' }`. */
type Flags = Readonly<Record<string, string>>;

type Options = NonNullable<Parameters<typeof startRedisCluster>[0]> & { readonly flags?: Flags };

export class ProxyOverCluster implements AsyncDisposable {
  readonly cluster: RedisCluster;
  readonly proxy: Proxy;
  readonly #others: AsyncDisposableStack;
  readonly #clients: { close(): void }[] = [];

  private constructor(cluster: RedisCluster, proxy: Proxy, others: AsyncDisposableStack) {
    this.cluster = cluster;
    this.proxy = proxy;
    this.#others = others;
  }

  /** With a cluster of its own, which ends with it. */
  static async start({ flags = {}, ...options }: Options = {}): Promise<ProxyOverCluster> {
    const cluster = await startRedisCluster(options);
    const over = await ProxyOverCluster.before(cluster, flags);
    over.#others.use(cluster);
    return over;
  }

  /** Ready when it resolves. */
  static async before(cluster: RedisCluster, flags: Flags = {}): Promise<ProxyOverCluster> {
    const others = new AsyncDisposableStack();
    const stateDir = others.use(await temporaryDirectory());
    const all = {
      ...{ port: '0', 'admin-port': '0', upstream: 'redis-cluster' },
      ...{ seeds: cluster.addresses.join(), 'state-dir': stateDir.path },
      ...flags,
    };
    const argv = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
    const proxy = await startQuietProxy(loadSettings(proxySettings, { argv, env: {} }));
    const over = new ProxyOverCluster(cluster, proxy, others);
    await eventually(async () => (await over.readyz()).ok);
    return over;
  }

  get address(): { host: string; port: number } {
    return { host: '127.0.0.1', port: this.proxy.port };
  }

  readyz(): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.proxy.adminPort}/readyz`);
  }

  /** The counter or gauge of this name, e.g. `redirects_moved_total`. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.proxy.adminPort}/metrics`)).text();
    return Number(new RegExp(`^keyfleet_proxy_${name} (\\S+)`, 'm').exec(text)?.[1] ?? NaN);
  }

  async client(): Promise<RawClient> {
    const client = await RawClient.connect(this.address);
    this.#clients.push(client);
    return client;
  }

  /** One that takes no second try. */
  ioredis(): Redis {
    const once = { maxRetriesPerRequest: 0, retryStrategy: () => null };
    const client = new Redis({ ...this.address, ...once });
    client.on('error', () => undefined);
    this.#clients.push({ close: () => client.disconnect() });
    return client;
  }

  lines(): LineClient {
    const client = new LineClient(this.address);
    this.#clients.push(client);
    return client;
  }

  /** Of its own: it ends with its clients. */
  closeClients(): void {
    for (const client of this.#clients.splice(0)) client.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closeClients();
    await this.proxy.stop();
    await this.#others.disposeAsync();
  }
}

/** One for all tests of a file. */
export function useProxyOverCluster(options: Options = {}): { readonly over: ProxyOverCluster } {
  const used = {} as { over: ProxyOverCluster };
  beforeAll(async () => {
    used.over = await ProxyOverCluster.start(options);
  }, 60_000);
  afterAll(async () => used.over[Symbol.asyncDispose]());
  return used;
}

export function slotOf(key: string): number {
  const bytes = Buffer.from(key);
  return keySlot(bytes, 0, bytes.length);
}
