/** The proxy before the Redis Cluster that Envoy stands before. */
import type { Start } from './candidates.ts';
import { startKeyfleetProcess } from './keyfleet-process.ts';
import { sharedPrimaries } from './redis-cluster.ts';

export const startKeyfleetOverCluster =
  (root: string): Start =>
  async (stack) => {
    const primaries = await sharedPrimaries(stack);
    const seeds = primaries.map(({ host, port }) => `${host}:${port}`).join(',');
    const upstream = { upstream: 'redis-cluster', seeds };
    const proxy = await startKeyfleetProcess({ root, upstream }, stack);
    const serverPids = primaries.map(({ pid }) => pid);
    return 'absent' in proxy ? proxy : { ...proxy, isCluster: false, serverPids };
  };
