import { ApiError, ApiUnreachable, routes, type ApiClient } from '@keyfleet/api';
import type {
  Address,
  ClusterSpec,
  ControlPlane,
  ControlView,
  NodePlace,
} from '@keyfleet/lifecycle';

/** The ControlPlane port over the configserver's HTTP API. */
export class HttpControlPlane implements ControlPlane {
  readonly #client: ApiClient;
  readonly #params: { readonly cluster: string };

  constructor(client: ApiClient, cluster: string) {
    this.#client = client;
    this.#params = { cluster };
  }

  async observe(signal: AbortSignal): Promise<ControlView> {
    const call = { params: this.#params, signal };
    try {
      const [cluster, { nodes }] = await Promise.all([
        this.#client.call(routes.getCluster, call),
        this.#client.call(routes.listNodes, call),
      ]);
      return {
        state: 'recorded',
        spec: cluster.spec,
        phase: cluster.phase,
        topologyVersion: cluster.topologyVersion,
        shards: cluster.shards,
        nodes: new Map(nodes.map(({ id, host, port }) => [id, { host, port }])),
        appliedVersions: cluster.proxies.map(({ topologyVersion }) => topologyVersion),
      };
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return { state: 'unknown' };
      if (error instanceof ApiError || error instanceof ApiUnreachable)
        return { state: 'unreachable', because: error.message };
      throw error;
    }
  }

  async recordCluster(spec: ClusterSpec, signal: AbortSignal): Promise<void> {
    await this.#client.call(routes.putCluster, { params: this.#params, body: { spec }, signal });
  }

  async registerNode(node: NodePlace, address: Address, signal: AbortSignal): Promise<void> {
    await this.#client.call(routes.putNode, {
      params: { ...this.#params, node: node.id },
      body: { shard: node.shard, ordinal: node.ordinal, ...address },
      signal,
    });
  }
}
