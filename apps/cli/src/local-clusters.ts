import { resolve } from 'node:path';
import { ApiClient, ApiUnreachable, routes } from '@keyfleet/api';
import { isAlive, readPlatform, supervisorOf, type PlatformRecord } from '@keyfleet/local-platform';
import { CommandError, EXIT_NOT_RUNNING } from './command-error.ts';
import { apiUrls } from './commands.ts';
import { redisClusterStatus } from './redis-cluster/redis-cluster-status.ts';
import type { ShownCluster } from './shown-cluster.ts';

/** The clusters of the platform of a data directory. Throws CommandError when it does not run. */
export async function localClusters(dataDir: string): Promise<ShownCluster[]> {
  const directory = resolve(dataDir);
  const record = readPlatform(directory);
  if (!supervisorOf(directory) || !record)
    throw new CommandError(notRunning(directory, record), { exitCode: EXIT_NOT_RUNNING });
  if (record.settings.upstream === 'redis-cluster') return [await redisClusterStatus(record)];
  const client = new ApiClient(apiUrls(record.settings), fetch);
  try {
    const { clusters } = await client.call(routes.listClusters, { params: {} });
    return clusters.map((status) => ({ name: status.name, status, unknown: null }));
  } catch (error) {
    if (!(error instanceof ApiUnreachable)) throw error;
    const message = `${error.message}: the platform starts or stops, see \`keyfleet logs\``;
    throw new CommandError(message, { cause: error });
  }
}

function notRunning(dataDir: string, record: PlatformRecord | null): string {
  const left = Object.values(record?.processes ?? {}).filter(isAlive).length;
  const leftovers =
    left === 0 ? '' : `, but ${left} processes are left of a crash: \`keyfleet down\` stops them`;
  return `Keyfleet is not running in ${dataDir}${leftovers}`;
}
