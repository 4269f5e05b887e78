/** The servers that Envoy stands before, without it: `redis-benchmark --cluster` finds who has a slot. */
import type { Start } from './candidates.ts';
import { redisVersion } from './direct.ts';
import { startRedisCluster } from './redis-cluster.ts';

export const startDirectCluster: Start = async (stack) => {
  const masters = await startRedisCluster(stack);
  return {
    version: await redisVersion(masters[0]!),
    address: masters[0]!,
    isCluster: true,
    proxyPid: null,
    serverPids: masters.map(({ pid }) => pid),
  };
};
