/** A proxy in this process, by its flags alone: over whatever they name. */
import { loadSettings } from '@keyfleet/runtime';
import { temporaryDirectory } from '@keyfleet/testkit';
import type { Topology } from '@keyfleet/topology';
import type { Proxy } from '../proxy.ts';
import { proxySettings } from '../settings.ts';
import { eventually } from './eventually.ts';
import { startQuietProxy } from './proxy-under-test.ts';
import { RawClient } from './raw-client.ts';

export class ProxyOfFlags implements AsyncDisposable {
  readonly proxy: Proxy;
  readonly #stateDir: AsyncDisposable;
  readonly #clients: RawClient[] = [];

  private constructor(proxy: Proxy, stateDir: AsyncDisposable) {
    this.proxy = proxy;
    this.#stateDir = stateDir;
  }

  static async start(
    flags: Readonly<Record<string, string>>,
    env: Readonly<Record<string, string>> = {},
  ): Promise<ProxyOfFlags> {
    const stateDir = await temporaryDirectory();
    const all = { port: '0', 'admin-port': '0', 'state-dir': stateDir.path, ...flags };
    const argv = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
    const proxy = await startQuietProxy(loadSettings(proxySettings, { argv, env }));
    return new ProxyOfFlags(proxy, stateDir);
  }

  async isReady(): Promise<boolean> {
    return (await fetch(`http://127.0.0.1:${this.proxy.adminPort}/readyz`)).ok;
  }

  untilReady(): Promise<void> {
    return eventually(() => this.isReady());
  }

  async topology(): Promise<Topology> {
    const answer = await fetch(`http://127.0.0.1:${this.proxy.adminPort}/topology`);
    return (await answer.json()) as Topology;
  }

  async client(): Promise<RawClient> {
    const client = await RawClient.connect({ port: this.proxy.port });
    this.#clients.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.proxy.stop();
    await this.#stateDir[Symbol.asyncDispose]();
  }
}
