import { resolve } from 'node:path';
import {
  isAlive,
  readPlatform,
  signalProcess,
  supervisorOf,
  takeLock,
  type PlatformRecord,
  type ProcessMark,
} from '@keyfleet/local-platform';
import { systemClock } from '@keyfleet/runtime';
import { CommandError } from './command-error.ts';
import { removeUnused, stopLeftovers } from './prepare.ts';
import { plural } from './progress-view.ts';

/** Longer than the supervisor gives all its parts together. */
const SUPERVISOR_GRACE_MS = 40_000;
const POLL_MS = 20;

/** Stops the platform of a data directory, however its supervisor ended; to stop what is stopped is no error. */
export async function down(dataDir: string): Promise<number> {
  const directory = resolve(dataDir);
  const record = readPlatform(directory);
  const supervisor = supervisorOf(directory);
  const running = namesOfRunning(record);
  if (supervisor) await stopSupervisor(supervisor);
  const left = await stopRest(directory);
  const names = supervisor ? running : left;
  if (!supervisor && left.length === 0) {
    console.log(`Keyfleet is not running in ${directory}: nothing to stop.`);
    return 0;
  }
  console.log(`Stopped ${describe(names)}. ${whatIsKept(directory)}`);
  return 0;
}

/** A platform that served nobody keeps nothing (`removeUnused`). */
function whatIsKept(dataDir: string): string {
  return readPlatform(dataDir)
    ? `The data stays in ${dataDir}.`
    : 'It had not been ready yet: nothing was kept but its logs.';
}

async function stopSupervisor(supervisor: ProcessMark): Promise<void> {
  signalProcess(supervisor, 'SIGTERM');
  const deadlineMs = systemClock.monotonicMs() + SUPERVISOR_GRACE_MS;
  while (isAlive(supervisor)) {
    if (systemClock.monotonicMs() > deadlineMs) signalProcess(supervisor, 'SIGKILL');
    await systemClock.sleep(POLL_MS);
  }
}

/** Under the lock, so that an `up` of the same moment does not lose what it just started. */
async function stopRest(dataDir: string): Promise<string[]> {
  const record = readPlatform(dataDir);
  if (!record) return [];
  const lock = takeLock(dataDir);
  if (!lock) throw new CommandError(`Cannot stop: another command has just started ${dataDir}`);
  try {
    const stopped = await stopLeftovers(record);
    if (!record.hasServed) removeUnused(dataDir);
    return stopped;
  } finally {
    lock.release();
  }
}

function namesOfRunning(record: PlatformRecord | null): string[] {
  return Object.entries(record?.processes ?? {}).flatMap(([name, mark]) =>
    isAlive(mark) ? [name] : [],
  );
}

function describe(names: readonly string[]): string {
  const servers = names.filter((name) => name.startsWith('shard-')).length;
  const others = names.filter((name) => !name.startsWith('shard-')).sort();
  const parts = [...others, ...(servers > 0 ? [plural(servers, 'server')] : [])];
  return parts.length === 0 ? 'the supervisor' : parts.join(', ');
}
