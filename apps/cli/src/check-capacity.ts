/** Whether this machine has room for as many servers, asked before anything is started. */
import { readFileSync } from 'node:fs';
import { getuid } from 'node:process';
import type { ClusterSpec } from '@keyfleet/lifecycle';
import { CommandError } from './command-error.ts';

export type Capacity = {
  readonly freeBytes: number;
  /** Processes and threads. */
  readonly tasksMax: number;
  /** Of one process: the supervisor asks all servers at once, and so do configserver and proxy. */
  readonly openFilesMax: number;
};

/** An empty redis-server 7 or valkey-server 8 (RSS); what is written comes on top. */
const SERVER_BYTES = 12e6;
/** A server has one main thread and four in the background. */
const SERVER_TASKS = 5;
/** Proxy, configserver, supervisor and what else this user runs. */
const OTHER_TASKS = 200;
/** A connection, and another while one is replaced. */
const SERVER_FILES = 2;
const OTHER_FILES = 100;

/** Throws CommandError with every figure that is too small. */
export function checkCapacity(
  { shards, replicasPerShard }: Pick<ClusterSpec, 'shards' | 'replicasPerShard'>,
  { freeBytes, tasksMax, openFilesMax }: Capacity,
): void {
  const servers = shards * (replicasPerShard + 1);
  const wants: [what: string, want: number, now: number, unit: string][] = [
    ['memory', gigabytes(servers * SERVER_BYTES), gigabytes(freeBytes), ' GB (12 MB each)'],
    ['processes and threads', servers * SERVER_TASKS + OTHER_TASKS, tasksMax, ''],
    ['open files', servers * SERVER_FILES + OTHER_FILES, openFilesMax, ' per process'],
  ];
  const lines = wants
    .filter(([, want, now]) => want > now)
    .map(([what, want, now, unit]) => `  ${what}  they need ${want}${unit}, there are ${now}`);
  if (lines.length === 0) return;
  const head = `Cannot start ${servers} servers: this machine has no room for them, want fewer --shards or --replicas`;
  throw new CommandError([head, ...lines].join('\n'));
}

function gigabytes(bytes: number): number {
  return Math.round(bytes / 1e8) / 10;
}

/** What cannot be found out is no limit. */
export function readCapacity(): Capacity {
  const limits = readText('/proc/self/limits');
  const systemMax = ['threads-max', 'pid_max'].map((name) =>
    integerOf(readText(`/proc/sys/kernel/${name}`)),
  );
  // The kernel does not hold root to its number of processes.
  const userMax = getuid?.() === 0 ? Infinity : integerOf(limitOf(limits, 'Max processes'));
  return {
    freeBytes: process.availableMemory(),
    tasksMax: Math.min(userMax, ...systemMax, integerOf(readText('/sys/fs/cgroup/pids.max'))),
    openFilesMax: integerOf(limitOf(limits, 'Max open files')),
  };
}

/** The soft limit: a column of its own, after the name. */
function limitOf(limits: string, name: string): string {
  const line = limits.split('\n').find((text) => text.startsWith(name)) ?? '';
  return line.slice(name.length).trim().split(/\s+/)[0] ?? '';
}

function integerOf(text: string): number {
  return /^\d+\s*$/.test(text) ? Number(text) : Infinity;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
