import { resolve } from 'node:path';
import { ApiClient, ApiUnreachable, routes } from '@keyfleet/api';
import { isAlive, readPlatform, supervisorOf, type PlatformRecord } from '@keyfleet/local-platform';
import { chooseClusters } from './choose-clusters.ts';
import { CommandError, EXIT_NOT_RUNNING } from './command-error.ts';
import { apiUrls } from './commands.ts';
import { statusTable } from './status-table.ts';

export type StatusOptions = { dataDir: string; cluster: string; json: boolean };

export async function status({ dataDir, cluster, json }: StatusOptions): Promise<number> {
  const directory = resolve(dataDir);
  const record = readPlatform(directory);
  if (!supervisorOf(directory) || !record)
    throw new CommandError(notRunning(directory, record), { exitCode: EXIT_NOT_RUNNING });
  const client = new ApiClient(apiUrls(record.settings), fetch);
  try {
    const list = await client.call(routes.listClusters, { params: {} });
    const clusters = chooseClusters(list.clusters, cluster);
    if (json) console.log(JSON.stringify({ ...list, clusters }, null, 2));
    else console.log(clusters.map(statusTable).join('\n\n') || 'No cluster yet: it is starting.');
    return 0;
  } catch (error) {
    if (!(error instanceof ApiUnreachable)) throw error;
    throw new CommandError(
      `${error.message}: the platform starts or stops, see \`keyfleet logs\``,
      {
        cause: error,
      },
    );
  }
}

function notRunning(dataDir: string, record: PlatformRecord | null): string {
  const left = Object.values(record?.processes ?? {}).filter(isAlive).length;
  const leftovers =
    left === 0 ? '' : `, but ${left} processes are left of a crash: \`keyfleet down\` stops them`;
  return `Keyfleet is not running in ${dataDir}${leftovers}`;
}
