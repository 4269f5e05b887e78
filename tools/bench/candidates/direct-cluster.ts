/** The servers that Envoy stands before, without it: `redis-benchmark --cluster` finds who has a slot. */
import type { Start } from './candidates.ts';
import { redisVersion } from './direct.ts';
import { sharedPrimaries } from './redis-cluster.ts';

export const startDirectCluster: Start = async (stack) => {
  const primaries = await sharedPrimaries(stack);
  return {
    version: await redisVersion(primaries[0]!),
    address: primaries[0]!,
    isCluster: true,
    proxyPid: null,
    serverPids: primaries.map(({ pid }) => pid),
  };
};
