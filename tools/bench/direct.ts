/** One server without anything in front: what a proxy costs is measured against it. */
import { startRedis } from '@keyfleet/testkit';
import { ask } from './ask.ts';
import type { Start } from './candidates.ts';

export const startDirect: Start = async (stack) => {
  const server = stack.use(await startRedis());
  const version = /^redis_version:(\S+)/m.exec(await ask(server, 'INFO server'))?.[1] ?? '?';
  return {
    version: `redis-server ${version}`,
    address: server,
    proxyPid: null,
    serverPids: [server.pid],
  };
};
