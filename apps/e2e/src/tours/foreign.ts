/**
 * Tours in other languages: a program of `clients/` with a client library that its own package manager brings.
 * What is missing on this machine, or cannot be fetched, is a reason to skip; what then goes wrong is a failure.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, type Outcome } from '../program.ts';
import type { Server } from '../raw-client.ts';

const FETCH_TIMEOUT_MS = 90_000;
const TOUR_TIMEOUT_MS = 120_000;
export const FOREIGN_TIMEOUT_MS = FETCH_TIMEOUT_MS + TOUR_TIMEOUT_MS + 30_000;

const sources = fileURLToPath(new URL('../../clients', import.meta.url));
/** Outside the repository, so that a fresh clone does not fetch again. */
const cache = join(homedir(), '.cache', 'keyfleet', 'clients');

export type ForeignTour = {
  readonly name: string;
  /** Brings the library into the cache. */
  fetch(): Promise<Fetched>;
  run(server: Server, version: 2 | 3): Promise<Outcome>;
};
type Fetched = { readonly ok: true } | { readonly ok: false; readonly because: string };

const REDIS_PY = 'redis==8.1.0';
/** What is installed depends on the interpreter: redis-py needs more packages on an older one. */
const pythonVersion = spawnSync('python3', [
  '-c',
  'import platform; print(platform.python_version())',
])
  .stdout?.toString()
  .trim();
const redisPyDirectory = join(cache, `${REDIS_PY}-python-${pythonVersion}`);

const redisPy = redisPyProgram('tour.py');
/** Transactions, scripts, pub/sub and the like. */
export const redisPyFeatures = redisPyProgram('features.py');
export const redisPyCluster = redisPyProgram('cluster.py');
export const redisPyCaching = redisPyProgram('caching.py');

/** Runs until its standard input ends. */
export const redisPyLoad = {
  fetch: (): Promise<Fetched> => redisPy.fetch(),
  start: (server: Server, version: 2 | 3, keys: readonly string[]): ChildProcess =>
    spawn(
      'python3',
      ['-B', join(sources, 'python', 'load.py'), ...argumentsOf(server, version), ...keys],
      { env: { ...process.env, PYTHONPATH: redisPyDirectory } },
    ),
};

function redisPyProgram(file: string): ForeignTour {
  const program = join(sources, 'python', file);
  return {
    name: 'redis-py',
    fetch: () =>
      fetchInto(redisPyDirectory, 'python3', (target) =>
        tryRun('python3', ['-m', 'pip', 'install', '--quiet', '--target', target, REDIS_PY]),
      ),
    run: (server, version) =>
      runTour('python3', ['-B', program, ...argumentsOf(server, version)], {
        PYTHONPATH: redisPyDirectory,
      }),
  };
}

const goRedis: ForeignTour = {
  name: 'go-redis',
  // Go has a cache of its own.
  fetch: () => tryRun('go', ['-C', join(sources, 'go'), 'mod', 'download']),
  run: (server, version) =>
    runTour('go', ['-C', join(sources, 'go'), 'run', '.', ...argumentsOf(server, version)]),
};

const jedisDirectory = join(cache, 'jedis-6.0.0');

const jedis: ForeignTour = {
  name: 'jedis',
  fetch: () =>
    // The compiler, since a machine may have Maven with a Java that only runs.
    fetchInto(jedisDirectory, 'javac', (target) =>
      tryRun('mvn', [
        ...['--quiet', '--batch-mode', '--file', join(sources, 'java', 'pom.xml')],
        ...['dependency:copy-dependencies', `-DoutputDirectory=${target}`],
      ]),
    ),
  run: (server, version) =>
    runTour('java', [
      ...['-cp', join(jedisDirectory, '*'), join(sources, 'java', 'Tour.java')],
      ...argumentsOf(server, version),
    ]),
};

export const foreignTours = [redisPy, goRedis, jedis];

function argumentsOf({ host, port }: Server, version: 2 | 3): string[] {
  return [host, String(port), String(version)];
}

async function runTour(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  return run(file, args, { timeoutMs: TOUR_TIMEOUT_MS, env });
}

/** Into a directory beside first, so that a fetch that was broken off leaves nothing that looks whole. */
async function fetchInto(
  directory: string,
  tool: string,
  fetch: (target: string) => Promise<Fetched>,
): Promise<Fetched> {
  const present = await tryRun(tool, ['--version']);
  if (!present.ok || existsSync(directory)) return present;
  const target = `${directory}.${process.pid}`;
  mkdirSync(target, { recursive: true });
  try {
    const fetched = await fetch(target);
    if (fetched.ok) renameSync(target, directory);
    return fetched;
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

async function tryRun(file: string, args: readonly string[]): Promise<Fetched> {
  try {
    const { exitCode, output } = await run(file, args, { timeoutMs: FETCH_TIMEOUT_MS });
    if (exitCode === 0) return { ok: true };
    return { ok: false, because: `${file} ended with ${exitCode}: ${lastLine(output)}` };
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const because = isAbsent ? `${file} is not installed` : lastLine((error as Error).message);
    return { ok: false, because };
  }
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}
