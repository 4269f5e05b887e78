/** Real servers with our configuration, and what tests ask of configservers that look after them. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { ApiClient } from '@keyfleet/api';
import { routes } from '@keyfleet/api';
import { ClusterSpec, nodesOf, serverConfig, serverConfigName } from '@keyfleet/lifecycle';
import { shardPassword } from '@keyfleet/runtime';
import type { Topology } from '@keyfleet/topology';
import {
  freeAddress,
  startRedis,
  temporaryDirectory,
  type Address,
  type ServerProcess,
} from '@keyfleet/testkit';

type TestNode = {
  readonly id: string;
  readonly shard: string;
  readonly ordinal: number;
  readonly dataDir: string;
  readonly configFile: string;
  /** Null: it has none and asks for none. */
  readonly password: string | null;
  server: ServerProcess;
};
type Place = Omit<TestNode, 'server'>;

export class Fleet implements AsyncDisposable {
  readonly spec: ClusterSpec;
  readonly secret: string | null;
  readonly nodes: TestNode[] = [];
  readonly #stack = new AsyncDisposableStack();

  private constructor(shards: number, replicasPerShard: number, secret: string | null) {
    this.spec = ClusterSpec.parse({ shards, replicasPerShard, config: { appendfsync: 'always' } });
    this.secret = secret;
  }

  static async start(
    shards: number,
    replicasPerShard: number,
    secret: string | null = null,
  ): Promise<Fleet> {
    const fleet = new Fleet(shards, replicasPerShard, secret);
    const { path } = fleet.#stack.use(await temporaryDirectory());
    const places = nodesOf(fleet.spec).map(({ id, shard, ordinal }): Place => {
      const password = secret === null ? null : shardPassword(secret, shard);
      const configFile = join(path, serverConfigName(cluster, id));
      return { id, shard, ordinal, password, configFile, dataDir: join(path, id) };
    });
    const started = places.map(async (place) => {
      await mkdir(place.dataDir);
      return { ...place, server: await fleet.#startServer(place) };
    });
    fleet.nodes.push(...(await Promise.all(started)));
    return fleet;
  }

  node(id: string): TestNode {
    return this.nodes.find((node) => node.id === id)!;
  }

  /** As the platform does it: the spec, then every node. */
  async register(client: ApiClient): Promise<void> {
    const body = { spec: this.spec, secret: this.secret };
    await client.call(routes.putCluster, { params: { cluster }, body });
    for (const { id, shard, ordinal, server } of this.nodes) {
      const place = { shard, ordinal, host: server.host, port: server.port };
      await client.call(routes.putNode, { params: { cluster, node: id }, body: place });
    }
  }

  /** One command on a connection of its own. */
  async ask(id: string, command: string, ...args: string[]): Promise<unknown> {
    const { server, password } = this.node(id);
    const redis = new Redis({
      host: server.host,
      port: server.port,
      protocol: 2,
      lazyConnect: true,
      retryStrategy: () => null,
      ...(password !== null && { password }),
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

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map(({ server }) => server.stop()));
  }

  /** Starts a stopped server with its data, and at another address. */
  async move(id: string): Promise<void> {
    const node = this.node(id);
    node.server = await this.#startServer(node);
  }

  /** Starts two stopped servers with their data, each at the address of the other. */
  async swap(a: string, b: string): Promise<void> {
    const [first, second] = [this.node(a), this.node(b)];
    const addresses = [first.server, second.server].map(({ host, port }) => ({ host, port }));
    first.server = await this.#startServer(first, addresses[1]);
    second.server = await this.#startServer(second, addresses[0]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  async #startServer(
    { configFile, dataDir, password }: Place,
    at?: Address,
  ): Promise<ServerProcess> {
    const address = at ?? (await freeAddress());
    const credentialsFile = `${configFile}.credentials`;
    const place = { bind: address.host, port: address.port, announceIp: address.host, dataDir };
    if (password !== null) {
      await writeFile(credentialsFile, `requirepass ${password}\nmasterauth ${password}\n`);
    }
    const config = serverConfig(this.spec, { ...place, ...(password && { credentialsFile }) });
    await writeFile(configFile, config);
    return this.#stack.use(await startRedis({ address, configFile }));
  }
}

export const cluster = 'team-a.orders';

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
