import type {
  Address,
  ClusterSpec,
  ControlPlane,
  ControlView,
  NodePlace,
} from '@keyfleet/lifecycle';
import { ApiError, ApiUnreachable, type ApiClient } from './client.ts';
import { routes } from './routes.ts';

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
        credentialsId: cluster.credentialsId,
        phase: cluster.phase,
        topologyVersion: cluster.topologyVersion,
        shards: cluster.shards,
        nodes: new Map(nodes.map(({ id, host, port }) => [id, { host, port }])),
        appliedVersions: cluster.proxies.map(({ topologyVersion }) => topologyVersion),
      };
    } catch (error) {
      if (isUnknown(error)) return { state: 'unknown' };
      if (error instanceof ApiError || error instanceof ApiUnreachable)
        return { state: 'unreachable', because: error.message };
      throw error;
    }
  }

  async recordCluster(
    spec: ClusterSpec,
    secret: string | null,
    signal: AbortSignal,
  ): Promise<void> {
    const body = { spec, ...(secret !== null && { secret }) };
    await this.#client.call(routes.putCluster, { params: this.#params, body, signal });
  }

  async registerNode(node: NodePlace, address: Address, signal: AbortSignal): Promise<void> {
    await this.#client.call(routes.putNode, {
      params: { ...this.#params, node: node.id },
      body: { shard: node.shard, ordinal: node.ordinal, ...address },
      signal,
    });
  }

  async retireCluster(signal: AbortSignal): Promise<void> {
    await this.#client.call(routes.retireCluster, { params: this.#params, signal });
  }

  /** Done as well when nobody knows it any more: an earlier try may have been carried out unheard. */
  async forgetCluster(signal: AbortSignal): Promise<void> {
    await this.#client
      .call(routes.deleteCluster, { params: this.#params, signal })
      .catch((error: unknown) => {
        if (!isUnknown(error)) throw error;
      });
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'CLUSTER_UNKNOWN';
}
