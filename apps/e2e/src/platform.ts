/**
 * A platform as a user gets it: started, asked and stopped through the command line, in a directory of its own.
 * Nothing here looks into a process; what a test knows comes from `status --json`, the admin port, or a Redis client.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClusterList, type ClusterStatus } from '@keyfleet/api';
import { freeAddress, temporaryDirectory } from '@keyfleet/testkit';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { run, type Outcome } from './program.ts';

const COMMAND_TIMEOUT_MS = 180_000;
const LOG_CHARACTERS = 2_000;
const KEYFLEET = fileURLToPath(new URL('../../cli/bin/keyfleet.mjs', import.meta.url));

export async function keyfleet(...args: string[]): Promise<Outcome> {
  return run(process.execPath, [KEYFLEET, ...args], { timeoutMs: COMMAND_TIMEOUT_MS });
}

/** Detached platforms outlive us, so those that no test stopped, for whatever reason, are stopped here. */
const left = new Set<string>();
process.once('exit', () => {
  for (const dataDir of left) {
    spawnSync(process.execPath, [KEYFLEET, 'down', '--data-dir', dataDir]);
    rmSync(dataDir, { recursive: true, force: true });
  }
});

type Place = Pick<Platform, 'host' | 'port' | 'adminPort' | 'apiPort'>;

export class Platform implements AsyncDisposable {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly adminPort: number;
  /** The first of the configservers; the others have the next ports. */
  readonly apiPort: number;
  /** What the last `up` printed. */
  said = '';
  readonly #upArgs: readonly string[];
  readonly #directory: AsyncDisposable;

  private constructor(
    directory: { path: string } & AsyncDisposable,
    { host, port, adminPort, apiPort }: Place,
    args: readonly string[],
  ) {
    this.#directory = directory;
    this.dataDir = join(directory.path, 'data');
    mkdirSync(this.dataDir);
    this.host = host;
    this.port = port;
    this.adminPort = adminPort;
    this.apiPort = apiPort;
    this.#upArgs = args;
  }

  static async start(...args: string[]): Promise<Platform> {
    const port = await freeBasePort();
    const place = { host: '127.0.0.1', port, adminPort: port + 1, apiPort: port + 2 };
    const { adminPort, apiPort } = place;
    const ports = ['--port', port, '--admin-port', adminPort, '--api-port', apiPort].map(String);
    return Platform.#startAt(place, [...ports, ...args]);
  }

  /** As its manifest and the defaults say, only on an address of its own. */
  static async startManifest(path: string, ...args: string[]): Promise<Platform> {
    const { host } = await freeAddress();
    const place = { host, port: 7480, adminPort: 9901, apiPort: 7400 };
    return Platform.#startAt(place, ['--bind', host, '-f', path, ...args]);
  }

  static async #startAt(place: Place, args: readonly string[]): Promise<Platform> {
    const platform = new Platform(await temporaryDirectory(), place, args);
    try {
      await platform.up();
    } catch (error) {
      await platform[Symbol.asyncDispose]();
      throw error;
    }
    return platform;
  }

  async up(): Promise<void> {
    left.add(this.dataDir);
    this.said = (await this.#keyfleet('up', '--detach', ...this.#upArgs)).stdout;
  }

  async down(): Promise<Outcome> {
    const outcome = await this.#keyfleet('down');
    left.delete(this.dataDir);
    return outcome;
  }

  /** As printed, before any schema of ours has seen it. */
  async statusJson(): Promise<unknown> {
    return JSON.parse((await this.#keyfleet('status', '--json')).stdout);
  }

  async status(): Promise<ClusterStatus> {
    const { clusters } = ClusterList.parse(await this.statusJson());
    return clusters[0]!;
  }

  /** One value of the proxy's own metrics; labels are part of the name. */
  async proxyMetric(name: string): Promise<number> {
    const response = await fetch(`http://${this.host}:${this.adminPort}/metrics`);
    const lines = (await response.text()).split('\n');
    const line = lines.find((text) => text.startsWith(`${name} `));
    if (line === undefined) throw new Error(`Cannot read metric ${name}: the proxy has none such`);
    return Number(line.slice(name.length + 1));
  }

  /** The shard's view of now; it changes with every restart of a server. */
  async shard(id: string): Promise<ClusterStatus['shards'][number]> {
    const { shards } = await this.status();
    return shards.find((shard) => shard.id === id)!;
  }

  /** The end of each log, to go with a failed test. */
  get logs(): string {
    const directory = join(this.dataDir, 'logs');
    return readdirSync(directory)
      .map(
        (file) =>
          `== ${file}\n${readFileSync(join(directory, file), 'utf8').slice(-LOG_CHARACTERS)}`,
      )
      .join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
    await this.#directory[Symbol.asyncDispose]();
  }

  async #keyfleet(command: string, ...args: string[]): Promise<Outcome> {
    const outcome = await keyfleet(command, '--data-dir', this.dataDir, ...args);
    if (outcome.exitCode === 0) return outcome;
    throw new Error(
      `Cannot run keyfleet ${command}: exit code ${outcome.exitCode}\n${outcome.output}`,
    );
  }
}

/** One platform for all tests of a file. When one of them fails, the end of its logs is printed. */
export function usePlatform(...args: string[]): { readonly current: Platform } {
  let platform: Platform | undefined;
  beforeAll(async () => {
    platform = await Platform.start(...args);
  });
  beforeEach(({ onTestFailed }) => {
    onTestFailed(() => void process.stderr.write(`${platform?.logs ?? ''}\n`));
  });
  afterAll(async () => platform?.[Symbol.asyncDispose]());
  return {
    get current() {
      if (!platform) throw new Error('Cannot use the platform: it is not started, want a test');
      return platform;
    },
  };
}

const BASE_PORT_MIN = 12_000;
/** Below what systems give to outgoing connections, so that none of those takes a port between now and the start. */
const BASE_PORT_MAX = 31_800;
const PORTS = 6;

async function freeBasePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const base = randomInt(BASE_PORT_MIN / PORTS, BASE_PORT_MAX / PORTS) * PORTS;
    const ports = Array.from({ length: PORTS }, (_, at) => base + at);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return base;
  }
  throw new Error(`Cannot find ${PORTS} free ports in a row: 50 places tried`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
