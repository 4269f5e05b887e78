/** One server without anything in front: what a proxy costs is measured against it. */
import { startRedis, type Address } from '@keyfleet/testkit';
import { ask } from '../run/ask.ts';
import type { Start } from './candidates.ts';

/** Above the most connections of a workload, the server's default, so that none is refused. */
const CLIENTS_MAX = '12000';

export const startDirect: Start = async (stack) => {
  const server = stack.use(await startRedis({ args: ['--maxclients', CLIENTS_MAX] }));
  return {
    version: await redisVersion(server),
    address: server,
    isCluster: false,
    proxyPid: null,
    serverPids: [server.pid],
  };
};

export async function redisVersion(server: Address): Promise<string> {
  const info = await ask(server, 'INFO server');
  return `redis-server ${/^redis_version:(\S+)/m.exec(info)?.[1] ?? '?'}`;
}
