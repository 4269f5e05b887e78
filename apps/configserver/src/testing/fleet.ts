/** Real servers with our configuration, and what tests ask of configservers that look after them. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { ApiClient } from '@keyfleet/api';
import { routes } from '@keyfleet/api';
import { ClusterSpec, serverConfig } from '@keyfleet/lifecycle';
import type { Topology } from '@keyfleet/topology';
import { freeAddress, startRedis, temporaryDirectory, type ServerProcess } from '@keyfleet/testkit';

type TestNode = {
  readonly id: string;
  readonly shard: string;
  readonly ordinal: number;
  readonly server: ServerProcess;
  readonly dataDir: string;
};

export class Fleet implements AsyncDisposable {
  readonly spec: ClusterSpec;
  readonly nodes: TestNode[] = [];
  readonly #stack = new AsyncDisposableStack();

  private constructor(shards: number, replicasPerShard: number) {
    this.spec = ClusterSpec.parse({ shards, replicasPerShard, config: { appendfsync: 'always' } });
  }

  static async start(shards: number, replicasPerShard: number): Promise<Fleet> {
    const fleet = new Fleet(shards, replicasPerShard);
    const directory = fleet.#stack.use(await temporaryDirectory());
    const places = Array.from({ length: shards * (replicasPerShard + 1) }, (_, at) => {
      const ordinal = at % (replicasPerShard + 1);
      return { shard: `shard-${(at - ordinal) / (replicasPerShard + 1)}`, ordinal };
    });
    await Promise.all(places.map((place) => fleet.#startNode(directory.path, place)));
    fleet.nodes.sort((a, b) => (a.id < b.id ? -1 : 1));
    return fleet;
  }

  node(id: string): TestNode {
    return this.nodes.find((node) => node.id === id)!;
  }

  /** As the platform does it: the spec, then every node. */
  async register(client: ApiClient): Promise<void> {
    await client.call(routes.putCluster, { params: { cluster }, body: { spec: this.spec } });
    for (const { id, shard, ordinal, server } of this.nodes) {
      const body = { shard, ordinal, host: server.host, port: server.port };
      await client.call(routes.putNode, { params: { cluster, node: id }, body });
    }
  }

  /** One command on a connection of its own. */
  async ask(id: string, command: string, ...args: string[]): Promise<unknown> {
    const { host, port } = this.node(id).server;
    const redis = new Redis({
      host,
      port,
      protocol: 2,
      lazyConnect: true,
      retryStrategy: () => null,
    });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return await redis.call(command, ...args);
    } finally {
      redis.disconnect();
    }
  }

  async empty(id: string): Promise<void> {
    const { dataDir } = this.node(id);
    await rm(dataDir, { recursive: true });
    await mkdir(dataDir);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  async #startNode(root: string, place: { shard: string; ordinal: number }): Promise<void> {
    const id = `${place.shard}-${place.ordinal}`;
    const address = await freeAddress();
    const dataDir = join(root, id);
    const file = join(root, `${id}.conf`);
    await mkdir(dataDir);
    await writeFile(file, serverConfig(this.spec, { ...address, dataDir }));
    const server = this.#stack.use(await startRedis({ address, args: ['--include', file] }));
    this.nodes.push({ id, ...place, server, dataDir });
  }
}

export const cluster = 'default';

/** The first topology that is as wanted. */
export async function topologyThat(
  client: ApiClient,
  isWanted: (topology: Topology) => boolean,
): Promise<Topology> {
  let after: number | undefined;
  for (;;) {
    const query = { ...(after !== undefined && { after }), waitMs: 2000 };
    const { topology } = await client.call(routes.getTopology, { params: { cluster }, query });
    if (topology && isWanted(topology)) return topology;
    after = topology?.version ?? after ?? 0;
  }
}

export function isWhole({ shards }: Topology): boolean {
  return shards.every((shard) => shard.primary && shard.replicas.every((node) => node.readable));
}
