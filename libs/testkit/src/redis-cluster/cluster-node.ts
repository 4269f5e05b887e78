import type { Reply } from '@keyfleet/resp';
import type { Address } from '../address.ts';
import { ServerProcess } from '../server-process.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { ask, expectOk, type Credentials } from './ask.ts';
import { parseClusterNodes, type NodeView } from './cluster-view.ts';

export type NodeOptions = {
  readonly flavor?: 'redis' | 'valkey';
  /** Instead of the flavor's program on the path. */
  readonly program?: string;
  readonly nodeTimeoutMs?: number;
  /** Settings of each node by name, above ours: `{ 'rename-command': ['CONFIG', ''] }`. */
  readonly config?: Readonly<Record<string, string | readonly string[]>>;
  /** Of the default user, also between the nodes. */
  readonly password?: string;
  /** TLS instead of plain TCP, between the nodes too. */
  readonly tls?: {
    readonly certFile: string;
    readonly keyFile: string;
    readonly caFile: string;
  };
};

/** A server in cluster mode: its process, and what it can be asked. Each question is a connection. */
export class ClusterNode implements AsyncDisposable {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly busPort: number;
  readonly #server: ServerProcess;
  readonly #credentials: Credentials;
  #isFrozen = false;

  private constructor(parts: {
    id: string;
    server: ServerProcess;
    busPort: number;
    credentials: Credentials;
  }) {
    this.id = parts.id;
    this.host = parts.server.host;
    this.port = parts.server.port;
    this.busPort = parts.busPort;
    this.#server = parts.server;
    this.#credentials = parts.credentials;
  }

  static async start(
    options: NodeOptions,
    address: Address,
    busPort: number,
  ): Promise<ClusterNode> {
    const { password, tls, flavor = 'redis' } = options;
    const directory = await temporaryDirectory();
    const credentials = { isTls: tls !== undefined, ...(password !== undefined && { password }) };
    const installed = `${flavor}-server`;
    const settings = { ...nodeSettings(options, address, busPort), dir: directory.path };
    const server = await ServerProcess.start({
      command: options.program ?? installed,
      aptPackage: installed,
      args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value].flat()),
      address,
      isReady: async () => typeof (await ask({ ...address, ...credentials }, MY_ID)) === 'string',
      owned: directory,
    });
    const id = (await ask({ ...address, ...credentials }, MY_ID)) as string;
    return new ClusterNode({ id, server, busPort, credentials });
  }

  get address(): string {
    return `${this.host}:${this.port}`;
  }

  get pid(): number {
    return this.#server.pid;
  }

  /** It was neither killed nor frozen. */
  get isRunning(): boolean {
    return this.#server.isRunning && !this.#isFrozen;
  }

  get log(): string {
    return this.#server.log;
  }

  /** One command over a connection of its own. An error reply is a value. */
  ask(...command: string[]): Promise<Reply> {
    return ask(this.#at, command);
  }

  /** For what answers with a text. */
  async askText(...command: string[]): Promise<string> {
    const reply = await this.ask(...command);
    if (typeof reply === 'string') return reply;
    throw new Error(`Cannot ask ${this.address} ${command.join(' ')}: the answer is no text`);
  }

  /** Rejects at an error reply. */
  async expectOk(...command: string[]): Promise<void> {
    await expectOk(this.#at, command);
  }

  /** How this node sees the cluster. */
  async view(): Promise<NodeView[]> {
    return parseClusterNodes(await this.askText('CLUSTER', 'NODES'));
  }

  /** Those that it has, as it knows. */
  async slots(): Promise<readonly number[]> {
    return (await this.view()).find(({ id }) => id === this.id)?.slots ?? [];
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.#server.kill();
  }

  /** SIGTERM. */
  async stop(): Promise<void> {
    await this.#server.stop();
  }

  /** The process stands still: its connections stay open and nothing answers. */
  freeze(): void {
    this.#server.pause();
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#server.resume();
    this.#isFrozen = false;
  }

  /** At the same address, with its place in the cluster and without its data (unless it saves them). */
  async restart(): Promise<void> {
    await this.#server.restart();
    this.#isFrozen = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  get #at(): Address & Credentials {
    return { host: this.host, port: this.port, ...this.#credentials };
  }
}

const MY_ID = ['CLUSTER', 'MYID'];

function nodeSettings(
  { nodeTimeoutMs = 1_000, config, password, tls }: NodeOptions,
  { host, port }: Address,
  busPort: number,
): Record<string, string | readonly string[]> {
  return {
    bind: host,
    // Else the others see where its connections come from: 127.0.0.1, of all nodes.
    'cluster-announce-ip': host,
    // Replicas stay where a test put them.
    'cluster-allow-replica-migration': 'no',
    'cluster-enabled': 'yes',
    'cluster-node-timeout': String(nodeTimeoutMs),
    // Its default is the port + 10000, which may lie beyond 65535.
    'cluster-port': String(busPort),
    'repl-diskless-sync-delay': '0',
    save: '',
    ...(tls ? tlsSettings(tls, port) : { port: String(port) }),
    ...(password !== undefined && { requirepass: password, masterauth: password }),
    ...config,
  };
}

function tlsSettings(
  { certFile, keyFile, caFile }: NonNullable<NodeOptions['tls']>,
  port: number,
): Record<string, string> {
  return {
    port: '0',
    'tls-port': String(port),
    'tls-cert-file': certFile,
    'tls-key-file': keyFile,
    'tls-ca-cert-file': caFile,
    'tls-auth-clients': 'no',
    'tls-cluster': 'yes',
    'tls-replication': 'yes',
  };
}
