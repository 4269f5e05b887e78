/** A proxy in this process over real servers and a configserver that obeys the test. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadSettings, openLog, shardPassword } from '@keyfleet/runtime';
import {
  startRedis,
  temporaryDirectory,
  type Address,
  type ServerProcess,
} from '@keyfleet/testkit';
import { distributeSlots, type Topology } from '@keyfleet/topology';
import { Redis } from 'ioredis';
import type { ProxyConfig } from '../config/proxy-config.ts';
import { startProxy, type Proxy } from '../proxy.ts';
import { proxySettings, type ProxySettings } from '../settings.ts';
import { FakeConfigserver } from './fake-configserver.ts';

const MAIN = join(import.meta.dirname, '../main.ts');

export type ProxyUnderTest = AsyncDisposable & {
  readonly proxy: Proxy;
  readonly configserver: FakeConfigserver;
  readonly servers: readonly ServerProcess[];
  /** By shard. */
  readonly replicas: readonly (readonly ServerProcess[])[];
  /** Publishes the next version: what `change` makes of the present one. */
  publish(change: (topology: Topology) => Partial<Topology>): Topology;
  /** The file with the cluster's secret; there is one when the options name a secret. */
  readonly secretFile: string;
  client(): Redis;
  admin(path: string): Promise<unknown>;
};

export type Options = {
  shards?: number;
  /** Of each shard, in step with its primary and readable. */
  replicas?: number;
  leaseMs?: number;
  /** The servers ask for the passwords that are derived from it. */
  secret?: string;
  /** What the servers run; else the machine's own. */
  serverProgram?: string;
  /** Arguments of the servers, e.g. `['--rename-command', 'GET', 'my.get']`. */
  serverArgs?: readonly string[];
  /** Flags of the proxy, e.g. `{ 'hold-queue-ms': '100' }`. */
  flags?: Record<string, string>;
  /** Where the proxy thinks the servers are, e.g. behind a fault proxy. */
  addressOf?: (server: ServerProcess, index: number) => Address;
};

export async function startProxyUnderTest(options: Options = {}): Promise<ProxyUnderTest> {
  const passwords = Array.from({ length: options.shards ?? 3 }, (_, i) =>
    options.secret === undefined ? '' : shardPassword(options.secret, `shard-${i}`),
  );
  const { serverProgram: program, serverArgs = [] } = options;
  const servers = await Promise.all(
    passwords.map((password) =>
      startRedis({
        ...(program === undefined ? {} : { program }),
        args: ['--requirepass', password, '--repl-diskless-sync-delay', '0', ...serverArgs],
      }),
    ),
  );
  const replicas = await Promise.all(
    servers.map((server, i) => startReplicas(server, passwords[i]!, options)),
  );
  const addressOf = options.addressOf ?? ((server) => server);
  const runIds = await Promise.all(servers.map((server, i) => runIdOf(server, passwords[i])));
  const topology = topologyOf(servers.map(addressOf), runIds);
  await Promise.all(
    topology.shards.map(async (shard, i) => {
      shard.replicas = await Promise.all(
        replicas[i]!.map((replica, at) => replicaNode(shard.id, replica, at + 1)),
      );
    }),
  );
  const configserver = await FakeConfigserver.start(topology);
  configserver.leaseMs = options.leaseMs ?? configserver.leaseMs;
  const stateDir = await temporaryDirectory();
  const secretFile = join(stateDir.path, 'secret');
  if (options.secret !== undefined) await writeFile(secretFile, `${options.secret}\n`);
  const flags = {
    port: '0',
    'admin-port': '0',
    configserver: configserver.url,
    'state-dir': stateDir.path,
    'secret-file': options.secret === undefined ? '' : secretFile,
    ...options.flags,
  };
  const argv = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  const settings = loadSettings(proxySettings, { argv, env: {} });
  const proxy = await startQuietProxy(settings);
  const clients: Redis[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= proxy.stop());

  return {
    proxy: { ...proxy, stop },
    configserver,
    servers,
    replicas,
    secretFile,
    publish: (change) => {
      const { topology: present } = configserver;
      configserver.topology = { ...present!, ...change(present!), version: present!.version + 1 };
      return configserver.topology;
    },
    client: () => {
      const client = new Redis({
        host: '127.0.0.1',
        port: proxy.port,
        maxRetriesPerRequest: 0,
        retryStrategy: () => null,
      });
      client.on('error', () => undefined);
      clients.push(client);
      return client;
    },
    admin: async (path) => (await fetch(`http://127.0.0.1:${proxy.adminPort}${path}`)).json(),
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.disconnect();
      await stop();
      await configserver[Symbol.asyncDispose]();
      await Promise.all([
        ...[...servers, ...replicas.flat()].map((server) => server.stop()),
        stateDir[Symbol.asyncDispose](),
      ]);
    },
  };
}

/** In this process; its workers, if it has any, run what a proxy always runs. */
export function startQuietProxy(settings: ProxySettings): Promise<Proxy> {
  const onHopeless = (error: Error): never => {
    throw error;
  };
  const config = configOf(settings);
  const host = { program: MAIN, onHopeless, readConfig: () => config };
  return startProxy(config, openLog('proxy', { level: 'silent', file: '' }), host);
}

/** One listener that leads to one cluster. */
export function configOf(settings: ProxySettings): ProxyConfig {
  const { bind, port, cluster } = settings;
  const clusters = new Map([[cluster, settings]]);
  return { process: settings, listeners: [{ bind, port, cluster }], clusters };
}

function topologyOf(addresses: readonly Address[], runIds: readonly string[]): Topology {
  const slots = distributeSlots(addresses.length);
  const shards = addresses.map(({ host, port }, index) => ({
    id: `shard-${index}`,
    slots: slots[index]!,
    epoch: 1,
    primary: { id: `shard-${index}-0`, runId: runIds[index]!, host, port },
    replicas: [],
  }));
  return { cluster: 'default', version: 1, shards, holds: [] };
}

async function startReplicas(
  { host, port }: Address,
  password: string,
  { replicas = 0, serverProgram: program, serverArgs = [] }: Options,
): Promise<ServerProcess[]> {
  const passwords = ['--requirepass', password, '--masterauth', password];
  const args = [...passwords, ...serverArgs, '--replicaof', host, String(port)];
  if (replicas === 0) return [];
  const started = await Promise.all(
    Array.from({ length: replicas }, () =>
      startRedis({ ...(program === undefined ? {} : { program }), args }),
    ),
  );
  const primary = new Redis({ host, port, password });
  // In step: one whose link is up may still wait for the first command of the stream.
  await primary.publish('started', '');
  await primary.wait(replicas, 0);
  primary.disconnect();
  return started;
}

/** As the topology names it. */
async function replicaNode(
  shard: string,
  server: Address,
  ordinal: number,
): Promise<Topology['shards'][number]['replicas'][number]> {
  const { host, port } = server;
  return { id: `${shard}-${ordinal}`, runId: await runIdOf(server), host, port, readable: true };
}

/** Of the life that answers now. */
export async function runIdOf({ host, port }: Address, password = ''): Promise<string> {
  const redis = new Redis({ host, port, password });
  try {
    return /^run_id:(\w+)/m.exec(await redis.info('server'))![1]!;
  } finally {
    redis.disconnect();
  }
}
