/** A proxy of several clusters, by a file that a test changes. Each cluster is one server and a configserver of its own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLog } from '@keyfleet/runtime';
import { startRedis, temporaryDirectory, type ServerProcess } from '@keyfleet/testkit';
import { Redis } from 'ioredis';
import { loadProxyConfig } from '../config/load-proxy-config.ts';
import { startProxy, type Proxy } from '../proxy.ts';
import { eventually } from './eventually.ts';
import { FakeConfigserver } from './fake-configserver.ts';
import { runIdOf } from './proxy-under-test.ts';

const MAIN = join(import.meta.dirname, '../main.ts');

export type ClusterBehind = {
  readonly name: string;
  readonly server: ServerProcess;
  readonly configserver: FakeConfigserver;
  /** For the file. */
  readonly fields: Readonly<Record<string, unknown>>;
};

export type SharedProxy = AsyncDisposable & {
  readonly proxy: Proxy;
  readonly clusters: readonly ClusterBehind[];
  readonly directory: string;
  /** Of the listener with this number. */
  readonly at: (listener: number) => { host: string; port: number };
  client(listener: number, options?: { username?: string; password?: string }): Redis;
  /** Writes the file anew; the proxy does not read it by itself. */
  write(fields: object | string): void;
  admin(path: string, init?: RequestInit): Promise<Response>;
};

type Behind = { readonly clusters: readonly ClusterBehind[]; readonly directory: string };

/** `fields`: the file, of clusters `a`, `b` … that are there; it gets what every test wants besides. */
export async function startSharedProxy(
  count: number,
  fields: (behind: Behind) => object,
): Promise<SharedProxy> {
  const state = await temporaryDirectory();
  const clusters = await Promise.all(['a', 'b', 'c', 'd'].slice(0, count).map(startCluster));
  const directory = state.path;
  const file = join(directory, 'proxy.json');
  const write = (of: object | string): void => {
    const common = { adminPort: 0, stateDir: directory, drainMs: 300, logLevel: 'silent' };
    writeFileSync(file, typeof of === 'string' ? of : JSON.stringify({ ...common, ...of }));
  };
  write(fields({ clusters, directory }));
  const readConfig = () => loadProxyConfig(['--config', file], {});
  const log = openLog('proxy', { level: 'silent', file: '' });
  const onHopeless = (error: Error): never => {
    throw error;
  };
  const proxy = await startProxy(readConfig(), log, { program: MAIN, onHopeless, readConfig });
  const open: Redis[] = [];
  const admin = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(`http://127.0.0.1:${proxy.adminPort}${path}`, init);
  await eventually(async () => (await admin('/readyz')).ok);
  const at = (listener: number) => ({ host: '127.0.0.1', port: proxy.ports()[listener]! });
  return {
    ...{ proxy, clusters, directory, at, write, admin },
    client: (listener, options = {}) => {
      const never = { maxRetriesPerRequest: 0, retryStrategy: () => null };
      const client = new Redis({ ...at(listener), ...never, ...options });
      client.on('error', () => undefined);
      open.push(client);
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of open) client.disconnect();
      await proxy.stop();
      await Promise.all(clusters.map(stopCluster));
      await state[Symbol.asyncDispose]();
    },
  };
}

async function startCluster(name: string): Promise<ClusterBehind> {
  const server = await startRedis();
  const { host, port } = server;
  const primary = { id: 'shard-0-0', runId: await runIdOf(server), host, port };
  const shard = { id: 'shard-0', slots: '0-16383', epoch: 1, primary, replicas: [] };
  const topology = { cluster: name, version: 1, shards: [shard], holds: [] };
  const configserver = await FakeConfigserver.start(topology);
  return { name, server, configserver, fields: { configserver: [configserver.url] } };
}

async function stopCluster({ server, configserver }: ClusterBehind): Promise<void> {
  await configserver[Symbol.asyncDispose]();
  await server.stop();
}

/** `clusters` of the file. */
export function clustersField(
  clusters: readonly ClusterBehind[],
  more: object = {},
): Record<string, object> {
  return Object.fromEntries(clusters.map(({ name, fields }) => [name, { ...fields, ...more }]));
}
