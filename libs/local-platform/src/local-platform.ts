/** The Platform port on one machine: a process for each server and proxy (design §1, *Processes of `keyfleet up`*). */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  nodesOf,
  serverConfig,
  type Address,
  type ClusterSpec,
  type NodePlace,
  type Platform,
  type PlatformView,
  type ProxyView,
  type ServerView,
} from '@keyfleet/lifecycle';
import { ensureDirectory } from './directory.ts';
import type { Command, Keeper } from './keeper.ts';
import { pingServer } from './ping-server.ts';
import type { Addresses } from './server-addresses.ts';

const PROBE_TIMEOUT_MS = 500;

export type LocalPlatformOptions = {
  dataDir: string;
  keeper: Keeper;
  addresses: Addresses;
  /** Path of redis-server or valkey-server. */
  serverBinary: string;
  proxies: readonly { readonly id: string; readonly command: Command; readonly readyUrl: string }[];
  /** Called before a proxy is started. */
  onServe: () => void;
};

export class LocalPlatform implements Platform {
  readonly #options: LocalPlatformOptions;

  constructor(options: LocalPlatformOptions) {
    this.#options = options;
  }

  async observe(spec: ClusterSpec, signal: AbortSignal): Promise<PlatformView> {
    const { proxies } = this.#options;
    const [servers, proxyViews] = await Promise.all([
      Promise.all(
        nodesOf(spec).map(async ({ id }) => [id, await this.#observeServer(id)] as const),
      ),
      Promise.all(
        proxies.map(
          async ({ id, readyUrl }) => [id, await this.#observeProxy(id, readyUrl, signal)] as const,
        ),
      ),
    ]);
    return { servers: new Map(servers), proxies: new Map(proxyViews) };
  }

  async startServers(nodes: readonly NodePlace[], spec: ClusterSpec): Promise<void> {
    const { keeper, serverBinary } = this.#options;
    const configs = await Promise.all(nodes.map(({ id }) => this.#writeConfig(id, spec)));
    nodes.forEach(({ id }, at) => keeper.start(id, { file: serverBinary, args: [configs[at]!] }));
  }

  startProxies(ids: readonly string[]): Promise<void> {
    const { keeper, proxies, onServe } = this.#options;
    onServe();
    for (const { id, command } of proxies) if (ids.includes(id)) keeper.start(id, command);
    return Promise.resolve();
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

  async #observeProxy(id: string, readyUrl: string, signal: AbortSignal): Promise<ProxyView> {
    const child = this.#options.keeper.stateOf(id);
    if (child.state !== 'running') return child;
    const timeout = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    try {
      const response = await fetch(readyUrl, { signal: AbortSignal.any([signal, timeout]) });
      await response.body?.cancel();
      return response.ok
        ? { state: 'ready' }
        : { state: 'starting', because: 'is not ready to serve' };
    } catch {
      return { state: 'starting', because: 'does not answer' };
    }
  }

  /** The same file at every start: a server's own changes (CONFIG REWRITE) do not outlive it. */
  async #writeConfig(id: string, spec: ClusterSpec): Promise<string> {
    const directory = join(this.#options.dataDir, 'nodes', id);
    const dataDir = join(directory, 'data');
    const path = join(directory, 'redis.conf');
    ensureDirectory(dataDir);
    await writeFile(path, serverConfig(spec, { ...this.#addressOf(id), dataDir }));
    return path;
  }

  #addressOf(id: string): Address {
    const address = this.#options.addresses[id];
    if (!address) throw new Error(`Cannot find the address of ${id}: it is not in platform.json`);
    return address;
  }
}
