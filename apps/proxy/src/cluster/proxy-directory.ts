/** The proxies of the cluster, asked of the configserver when somebody wants to know, and not more often than it changes. */
import { ApiClient, routes } from '@keyfleet/api';
import { nodeId, type ProxyNode } from './cluster-replies.ts';

const FRESH_MS = 2000;
const ANSWER_MS = 1000;

export type DirectoryEnv = {
  readonly configserver: readonly string[];
  readonly cluster: string;
  readonly proxyId: string;
  readonly monotonicMs: () => number;
};

export class ProxyDirectory {
  /** The node id of this proxy. */
  readonly ownId: string;
  readonly #env: DirectoryEnv;
  readonly #api: ApiClient;
  #nodes: Promise<readonly ProxyNode[]> = Promise.resolve([]);
  #askedAtMs = -Infinity;

  constructor(env: DirectoryEnv) {
    this.#env = env;
    this.#api = new ApiClient(env.configserver, fetch);
    this.ownId = nodeId(env.cluster, env.proxyId);
  }

  /**
   * In a stable order. `own`: the address at which a client reached this proxy. It stands for this proxy, which the client
   * knows by it; alone, if the configserver tells nothing in time.
   */
  async nodes(own: { host: string; port: number }): Promise<readonly ProxyNode[]> {
    const nowMs = this.#env.monotonicMs();
    if (nowMs - this.#askedAtMs >= FRESH_MS) {
      this.#askedAtMs = nowMs;
      this.#nodes = this.#ask();
    }
    const others = (await this.#nodes).filter(({ id }) => id !== this.ownId);
    const all = [...others, { ...own, id: this.ownId }];
    return all.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async #ask(): Promise<readonly ProxyNode[]> {
    const { cluster } = this.#env;
    try {
      const call = { params: { cluster }, timeoutMs: ANSWER_MS };
      const { proxies } = await this.#api.call(routes.getCluster, call);
      return proxies.map(({ id, address }) => ({
        ...hostAndPort(address),
        id: nodeId(cluster, id),
      }));
    } catch {
      // Whoever asks is answered without them; the session tells what is wrong with the configserver.
      return [];
    }
  }
}

/** Of "host:port", where an IPv6 host has colons of its own, and may stand in brackets. */
export function hostAndPort(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(address.slice(colon + 1)) };
}
