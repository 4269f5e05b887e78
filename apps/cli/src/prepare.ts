/** What has to be true before a supervisor starts anything: nobody else's processes, free ports, an address for each server. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { nodesOf } from '@keyfleet/lifecycle';
import {
  chooseAddresses,
  isAlive,
  readPlatform,
  stopProcesses,
  whyNotFree,
  type PlatformRecord,
} from '@keyfleet/local-platform';
import { systemClock, type Logger } from '@keyfleet/runtime';
import { checkEtcd } from './check-etcd.ts';
import { CommandError } from './command-error.ts';
import { apiPorts, type Launch } from './launch.ts';

const STALE_GRACE_MS = 10_000;

/** Names of the processes that a crashed supervisor left and that are gone now. */
export async function stopLeftovers(record: PlatformRecord): Promise<string[]> {
  const left = Object.entries(record.processes).filter(([, mark]) => isAlive(mark));
  const marks = left.map(([, mark]) => mark);
  await stopProcesses(marks, { clock: systemClock, graceMs: STALE_GRACE_MS });
  return left.map(([name]) => name);
}

/** Leaves nothing running; throws CommandError when the platform cannot be started here. */
export async function prepare(launch: Launch, log: Logger): Promise<PlatformRecord> {
  const { dataDir, cluster, spec, settings } = launch;
  const recorded = readPlatform(dataDir);
  if (recorded) {
    const stopped = await stopLeftovers(recorded);
    if (stopped.length > 0) log.warn({ stopped }, 'stopped what a crash had left');
    if (!recorded.hasServed) removeUnused(dataDir);
  } else if (existsSync(join(dataDir, 'nodes'))) {
    throw new CommandError(
      `Cannot use ${dataDir}: it has data of servers but no platform.json, want another --data-dir`,
    );
  }
  await checkPorts(launch);
  if (settings.etcd !== null) await checkEtcd(settings.etcd);
  const ids = nodesOf(spec).map(({ id }) => id);
  const { hasServed = false, addresses: was = {} } = recorded ?? {};
  const addresses = await chooseAddresses(ids, { dataDir, recorded: was });
  return { schema: 1, cluster, spec, settings, hasServed, addresses, processes: {} };
}

/** Of a platform that never served: it leaves its logs and nothing else. Once clients could write, nothing is removed. */
export function removeUnused(dataDir: string): void {
  for (const name of [
    'nodes',
    'proxy-0',
    'store.db',
    'store.db-wal',
    'store.db-shm',
    'platform.json',
  ])
    rmSync(join(dataDir, name), { recursive: true, force: true });
}

async function checkPorts({ spec, settings }: Launch): Promise<void> {
  const { bind } = settings;
  const wanted: [flag: string, port: number][] = [
    ['--port', spec.proxy.port],
    ['--admin-port', settings.adminPort],
    ...apiPorts(settings).map((port): [string, number] => ['--api-port', port]),
  ];
  const mistakes = await Promise.all(
    wanted.map(async ([flag, port]) =>
      describe(bind, [flag, port], await whyNotFree({ host: bind, port })),
    ),
  );
  const lines = mistakes.filter((line) => line !== null);
  if (lines.length > 0) throw new CommandError(lines.join('\n'));
}

function describe(
  bind: string,
  [flag, port]: [string, number],
  because: string | null,
): string | null {
  switch (because) {
    case null:
      return null;
    case 'EADDRINUSE':
      return `Cannot listen on ${bind}:${port}: the port is in use, choose another with ${flag}`;
    case 'EACCES':
      return `Cannot listen on ${bind}:${port}: not permitted, choose a port above 1023 with ${flag}`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `Cannot listen on ${bind}:${port}: this machine has no such address, choose another with --bind`;
    default:
      return `Cannot listen on ${bind}:${port}: ${because}`;
  }
}
