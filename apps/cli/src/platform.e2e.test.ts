/** `keyfleet` as a user runs it: real processes, real servers, one data directory per test. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ClusterList } from '@keyfleet/api';
import { isAlive, readPlatform, supervisorOf, type ProcessMark } from '@keyfleet/local-platform';
import { freeAddress, temporaryDirectory, type TemporaryDirectory } from '@keyfleet/testkit';
import { describe, expect, it } from 'vitest';

const bin = join(import.meta.dirname, '../bin/keyfleet.mjs');
const SOON_MS = 20_000;

type Finished = { code: number | null; stdout: string; stderr: string };

class TestPlatform implements AsyncDisposable {
  readonly dataDir: string;
  readonly #directory: TemporaryDirectory;
  readonly #host: string;
  readonly #ports: { port: string; admin: string; api: string };
  readonly #seen = new Map<string, ProcessMark>();
  readonly #commands = new Set<ChildProcess>();

  private constructor(
    directory: TemporaryDirectory,
    host: string,
    ports: { port: string; admin: string; api: string },
  ) {
    this.#directory = directory;
    this.dataDir = join(directory.path, 'data');
    this.#host = host;
    this.#ports = ports;
  }

  static async create(): Promise<TestPlatform> {
    const [first, second, third] = await Promise.all([freeAddress(), freeAddress(), freeAddress()]);
    const [port, admin, api] = [first, second, third].map((address) => String(address.port));
    const ports = { port: port!, admin: admin!, api: api! };
    return new TestPlatform(await temporaryDirectory(), first.host, ports);
  }

  /** A server that never answers, so that a start lasts as long as the test wants. */
  async neverReady(): Promise<string> {
    const path = join(this.#directory.path, 'never-ready');
    const script =
      '#!/bin/sh\n[ "$1" = --version ] && exec redis-server --version\nexec sleep 600\n';
    await writeFile(path, script, { mode: 0o755 });
    return path;
  }

  get listenFlags(): string[] {
    const { port, admin, api } = this.#ports;
    return ['--bind', this.#host, '--port', port, '--admin-port', admin, '--api-port', api];
  }

  up(...flags: string[]): Promise<Finished> {
    return this.run('up', ...this.listenFlags, '--detach', ...flags);
  }

  async run(command: string, ...flags: string[]): Promise<Finished> {
    const child = this.start(command, ...flags);
    const [stdout, stderr] = [textOf(child.stdout!), textOf(child.stderr!)];
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stdout: stdout(), stderr: stderr() };
  }

  start(command: string, ...flags: string[]): ChildProcess {
    const args = [bin, command, '--data-dir', this.dataDir, ...flags];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#commands.add(child);
    return child;
  }

  /** One inline command to the proxy. */
  async redis(command: string): Promise<string> {
    const socket = connect({ host: this.#host, port: Number(this.#ports.port) });
    try {
      socket.write(`${command}\r\n`);
      const [reply] = (await once(socket, 'data')) as [Buffer];
      return reply.toString().trimEnd();
    } finally {
      socket.destroy();
    }
  }

  async cluster() {
    const { stdout } = await this.run('status', '--json');
    return ClusterList.parse(JSON.parse(stdout)).clusters[0]!;
  }

  /** Every process that runs now; what was ever seen must be gone when the platform is stopped. */
  processes(): Record<string, ProcessMark> {
    const supervisor = supervisorOf(this.dataDir);
    const parts = readPlatform(this.dataDir)?.processes ?? {};
    const all = { ...parts, ...(supervisor ? { supervisor } : {}) };
    for (const mark of Object.values(all)) this.#seen.set(`${mark.pid}/${mark.started}`, mark);
    return all;
  }

  left(): ProcessMark[] {
    return [...this.#seen.values()].filter(isAlive);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.processes();
    await this.run('down');
    for (const mark of this.left()) process.kill(mark.pid, 'SIGKILL');
    for (const command of this.#commands) command.kill('SIGKILL');
    await this.#directory[Symbol.asyncDispose]();
  }
}

function textOf(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  return () => text;
}

async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const deadlineMs = performance.now() + SOON_MS;
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) throw new Error(`Cannot go on: ${what} did not come true`);
    await delay(50);
  }
}

async function untilOutput(child: ChildProcess, text: string): Promise<void> {
  const output = textOf(child.stdout!);
  await until(`"${text}"`, () => output().includes(text) || child.exitCode !== null);
}

describe('keyfleet', () => {
  it('starts, shows, stops and comes back with all data', async () => {
    await using platform = await TestPlatform.create();
    expect(await platform.run('down')).toMatchObject({ code: 0 });
    expect(await platform.run('status')).toMatchObject({ code: 3, stdout: '' });

    const first = await platform.up('--shards', '2');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain('4 servers: redis');
    expect(await platform.redis('SET greeting hello')).toBe('+OK');
    const before = await platform.cluster();
    expect(before.phase).toBe('Ready');
    expect(before.shards.map(({ slots }) => slots)).toEqual(['0-8191', '8192-16383']);
    expect(before.shards.map(({ replicas }) => replicas.length)).toEqual([1, 1]);
    const table = await platform.run('status');
    expect(table.stdout).toMatch(/^default {3}Ready .*shard-1-1 .* replica /s);
    expect(Object.keys(platform.processes())).toHaveLength(7);

    const again = await platform.up();
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/is running already/);
    const other = await platform.run('status', '--cluster', 'shop');
    expect(other).toMatchObject({ code: 1, stdout: '' });
    expect(other.stderr).toMatch(/^Cannot show the cluster shop: .*want default\n$/);
    expect(await platform.run('logs', '--cluster', 'shop')).toMatchObject({ code: 1, stdout: '' });
    const named = await platform.run('status', '--cluster', 'default');
    expect(named.stdout).toMatch(/^default {3}Ready/);
    const logs = await platform.run('logs', 'shard-0', '--lines', '1');
    expect(logs.stdout).toMatch(/^shard-0-0 \| .*\nshard-0-1 \| .*\n$/);

    const down = await platform.run('down');
    expect(down.stdout).toMatch(/^Stopped configserver-0, proxy-0, 4 servers\./);
    expect(platform.left()).toEqual([]);
    const scaled = await platform.up('--shards', '3');
    expect(scaled).toMatchObject({ code: 78 });
    expect(scaled.stderr).toMatch(/made with 2, got 3: scaling is not built yet/);

    expect(await platform.run('up', '--detach')).toMatchObject({ code: 0, stderr: '' });
    expect(await platform.redis('GET greeting')).toBe('$5\r\nhello');
    const after = await platform.cluster();
    const addresses = (cluster: typeof after) =>
      cluster.shards.map(({ primary, replicas }) => [primary?.address, replicas[0]?.address]);
    expect(addresses(after)).toEqual(addresses(before));
  }, 120_000);

  it('starts again what dies, and cleans up after a supervisor that was killed', async () => {
    await using platform = await TestPlatform.create();
    expect(await platform.up('--shards', '1')).toMatchObject({ code: 0 });
    expect(await platform.redis('SET a 1')).toBe('+OK');
    const before = platform.processes();

    for (const name of ['shard-0-1', 'proxy-0', 'configserver-0'])
      process.kill(before[name]!.pid, 'SIGKILL');
    await until('all parts are new', () => {
      const now = platform.processes();
      return ['shard-0-1', 'proxy-0', 'configserver-0'].every(
        (name) => now[name] !== undefined && now[name].pid !== before[name]!.pid,
      );
    });
    await until('the cluster is ready', async () => {
      const { code, stdout } = await platform.run('status', '--json');
      return code === 0 && /"phase": "Ready"/.test(stdout);
    });
    expect(await platform.redis('GET a')).toBe('$1\r\n1');

    const orphans = platform.processes();
    process.kill(orphans['supervisor']!.pid, 'SIGKILL');
    await until('the supervisor is gone', () => supervisorOf(platform.dataDir) === null);
    const status = await platform.run('status');
    expect(status).toMatchObject({ code: 3 });
    expect(status.stderr).toMatch(/4 processes are left of a crash/);

    expect(await platform.run('up', '--detach')).toMatchObject({ code: 0, stderr: '' });
    expect(Object.values(orphans).filter(isAlive)).toEqual([]);
    expect(await platform.redis('GET a')).toBe('$1\r\n1');

    process.kill(platform.processes()['supervisor']!.pid, 'SIGKILL');
    const down = await platform.run('down');
    expect(down).toMatchObject({ code: 0 });
    expect(down.stdout).toMatch(/^Stopped configserver-0, proxy-0, 2 servers\./);
    expect(platform.left()).toEqual([]);
  }, 120_000);

  it('runs two platforms side by side', async () => {
    await using one = await TestPlatform.create();
    await using two = await TestPlatform.create();
    const flags = ['--shards', '1', '--replicas', '0'];
    const ups = await Promise.all([one.up(...flags), two.up(...flags)]);
    expect(ups.map(({ code }) => code)).toEqual([0, 0]);
    await Promise.all([one.redis('SET who one'), two.redis('SET who two')]);
    expect(await one.redis('GET who')).toBe('$3\r\none');
    expect(await two.redis('GET who')).toBe('$3\r\ntwo');

    await using third = await TestPlatform.create();
    const clash = await third.run('up', '--detach', ...one.listenFlags);
    expect(clash.code).toBe(1);
    expect(clash.stderr.match(/the port is in use, choose another with --[a-z-]+/g)).toHaveLength(
      3,
    );
    expect(readdirSync(third.dataDir)).toEqual(['logs']);
  }, 120_000);

  it('ends with the command in the foreground, asked or killed', async () => {
    await using platform = await TestPlatform.create();
    const flags = [...platform.listenFlags, '--shards', '1', '--replicas', '0'];
    const asked = platform.start('up', ...flags);
    await untilOutput(asked, 'Ctrl-C');
    platform.processes();
    const ended = once(asked, 'exit');
    asked.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    expect(platform.left()).toEqual([]);

    const killed = platform.start('up');
    await untilOutput(killed, 'Ctrl-C');
    expect(Object.keys(platform.processes())).toHaveLength(4);
    killed.kill('SIGKILL');
    await until('nothing is left', () => platform.left().length === 0);
    expect(readPlatform(platform.dataDir)?.processes).toEqual({});
  }, 120_000);

  it.each([
    ['Ctrl-C', 130, (_platform: TestPlatform, up: ChildProcess) => void up.kill('SIGINT')],
    [
      'down',
      1,
      async (platform: TestPlatform) => {
        const { code, stdout } = await platform.run('down');
        expect(code).toBe(0);
        expect(stdout).toMatch(/had not been ready yet: nothing was kept but its logs\.\n$/);
      },
    ],
  ])(
    'keeps nothing of a first start that %s ends',
    async (_name, code, stop) => {
      await using platform = await TestPlatform.create();
      const up = platform.start(
        'up',
        ...platform.listenFlags,
        '--server',
        await platform.neverReady(),
      );
      const ended = once(up, 'exit');
      const output = textOf(up.stdout!);
      await until('the supervisor is there', () => supervisorOf(platform.dataDir) !== null);
      platform.processes();
      await stop(platform, up);
      expect(await ended).toEqual([code, null]);
      expect(output()).toMatch(/Stopped before it was ready; nothing was kept but its logs\.\n$/);
      expect(platform.left()).toEqual([]);
      expect(readdirSync(platform.dataDir)).toEqual(['logs']);
    },
    60_000,
  );

  it('shows why a server does not start, and leaves nothing but logs', async () => {
    await using platform = await TestPlatform.create();
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'cluster.yaml');
    const head = 'apiVersion: keyfleet.dev/v1alpha1\nkind: RedisCluster\nmetadata: {name: shop}\n';
    await writeFile(file, `${head}spec: {shards: 1, config: {hz: fast}}\n`);
    const { code, stderr } = await platform.up('-f', file);
    expect(code).toBe(1);
    expect(stderr).toMatch(/Cannot start shard-0-\d: it ended with 1, 3 times in a row.*hz/s);
    expect(readdirSync(platform.dataDir)).toEqual(['logs']);
  }, 60_000);

  it('asks for an etcd that answers before it starts anything', async () => {
    await using platform = await TestPlatform.create();
    const { host, port } = await freeAddress();
    const { code, stderr } = await platform.up('--etcd', `http://${host}:${port}`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Cannot reach etcd at http/);
    expect(readdirSync(platform.dataDir)).toEqual(['logs']);
  });

  it('tells the kinds of refusal apart by exit code', async () => {
    await using platform = await TestPlatform.create();
    for (const flags of [['nope'], ['up', '--nope'], ['down', 'extra']] as const) {
      const [command, ...rest] = flags;
      expect(await platform.run(command, ...rest)).toMatchObject({ code: 64, stdout: '' });
    }
    expect(await platform.run('logs', '--lines', 'x')).toMatchObject({ code: 78 });
    expect(await platform.run('up', '-f', '/nowhere.yaml')).toMatchObject({ code: 78 });
    expect(await platform.run('status')).toMatchObject({ code: 3 });
    const { code, stdout } = await platform.run('--version');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
  });

  it('touches nothing when what is asked for makes no sense', async () => {
    await using platform = await TestPlatform.create();
    const wrong = await platform.up('--shards', '0', '--configservers', 'x');
    expect(wrong).toMatchObject({ code: 78, stdout: '' });
    expect(wrong.stderr).toMatch(/2 settings are wrong/);
    expect(await platform.up('--server', '/nowhere/redis-server')).toMatchObject({ code: 1 });
    expect(existsSync(platform.dataDir)).toBe(false);
  });
});
