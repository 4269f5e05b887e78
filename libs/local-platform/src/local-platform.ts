/** The Platform port on one machine: a process for each server and proxy (design §1, *Processes of `keyfleet up`*). */
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  nodesOf,
  serverConfig,
  serverConfigName,
  type Address,
  type ClusterSpec,
  type NodePlace,
  type Platform,
  type PlatformView,
  type ProxiesView,
  type ServerView,
} from '@keyfleet/lifecycle';
import { ensureDirectory } from './directory.ts';
import type { Command, Keeper } from './keeper.ts';
import { pingServer } from './ping-server.ts';
import type { Addresses } from './server-addresses.ts';

const PROBE_TIMEOUT_MS = 500;
const PROXY_GRACE_MS = 10_000;
const SERVER_GRACE_MS = 15_000;

export type LocalPlatformOptions = {
  dataDir: string;
  cluster: string;
  keeper: Keeper;
  addresses: Addresses;
  /** Path of redis-server or valkey-server. */
  serverBinary: string;
  /** What makes a server's configuration; left out: that of Keyfleet's own shards. */
  configOf?: typeof serverConfig;
  /** One is enough here, whatever the spec says: another would have another port. */
  proxy: { readonly id: string; readonly command: Command; readonly readyUrl: string };
  /** Called before the proxy is started. */
  onServe: () => void;
};

export class LocalPlatform implements Platform {
  readonly #options: LocalPlatformOptions;

  constructor(options: LocalPlatformOptions) {
    this.#options = options;
  }

  async observe(spec: ClusterSpec, signal: AbortSignal): Promise<PlatformView> {
    const [servers, proxies] = await Promise.all([
      Promise.all(
        nodesOf(spec).map(async ({ id }) => [id, await this.#observeServer(id)] as const),
      ),
      this.#observeProxy(signal),
    ]);
    // A configuration is written when its server starts, and servers start with the platform: none is outdated.
    return {
      servers: new Map(servers),
      proxies,
      outdated: [],
      credentials: null,
      volumes: nodesOf(spec)
        .map(({ id }) => id)
        .filter((id) => existsSync(this.#dataDirOf(id))),
    };
  }

  async startServers(nodes: readonly NodePlace[], spec: ClusterSpec): Promise<void> {
    const { keeper, serverBinary } = this.#options;
    const configs = await Promise.all(nodes.map(({ id }) => this.#writeConfig(id, spec)));
    nodes.forEach(({ id }, at) => keeper.start(id, { file: serverBinary, args: [configs[at]!] }));
  }

  startProxies(): Promise<void> {
    const { keeper, proxy, onServe } = this.#options;
    onServe();
    keeper.start(proxy.id, proxy.command);
    return Promise.resolve();
  }

  /** Resolves when it has answered what was pending and is gone. */
  stopProxies(): Promise<void> {
    const { keeper, proxy } = this.#options;
    return keeper.stop([proxy.id], PROXY_GRACE_MS);
  }

  /** Resolves when they have saved their data and are gone. */
  stopServers(nodes: readonly NodePlace[]): Promise<void> {
    const ids = nodes.map(({ id }) => id);
    return this.#options.keeper.stop(ids, SERVER_GRACE_MS);
  }

  async deleteVolumes(nodes: readonly NodePlace[]): Promise<void> {
    for (const { id } of nodes) await rm(this.#dataDirOf(id), { recursive: true, force: true });
  }

  async #observeServer(id: string): Promise<ServerView> {
    const child = this.#options.keeper.stateOf(id);
    if (child.state !== 'running') return child;
    const address = this.#addressOf(id);
    switch (await pingServer(address, PROBE_TIMEOUT_MS)) {
      case 'ready':
        return { state: 'ready', address };
      case 'loading':
        return { state: 'starting', because: 'is loading its data' };
      case 'silent':
        return { state: 'starting', because: 'does not answer' };
    }
  }

  async #observeProxy(signal: AbortSignal): Promise<ProxiesView> {
    const { keeper, proxy } = this.#options;
    const child = keeper.stateOf(proxy.id);
    if (child.state !== 'running') return child;
    const timeout = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    try {
      const response = await fetch(proxy.readyUrl, { signal: AbortSignal.any([signal, timeout]) });
      await response.body?.cancel();
      return response.ok
        ? { state: 'ready', count: 1, wanted: 1, outdated: 0, stuck: null }
        : { state: 'starting', because: 'is not ready to serve' };
    } catch {
      return { state: 'starting', because: 'does not answer' };
    }
  }

  /** The same file at every start: a server's own changes (CONFIG REWRITE) do not outlive it. */
  async #writeConfig(id: string, spec: ClusterSpec): Promise<string> {
    const directory = join(this.#options.dataDir, 'nodes', id);
    const dataDir = this.#dataDirOf(id);
    const path = join(directory, serverConfigName(this.#options.cluster, id));
    const { host, port } = this.#addressOf(id);
    ensureDirectory(dataDir);
    // Its name in data directories of earlier versions.
    await rm(join(directory, 'redis.conf'), { force: true });
    const { configOf = serverConfig } = this.#options;
    await writeFile(path, configOf(spec, { bind: host, port, dataDir, announceIp: host }));
    return path;
  }

  #dataDirOf(id: string): string {
    return join(this.#options.dataDir, 'nodes', id, 'data');
  }

  #addressOf(id: string): Address {
    const address = this.#options.addresses[id];
    if (!address) throw new Error(`Cannot find the address of ${id}: it is not in platform.json`);
    return address;
  }
}
