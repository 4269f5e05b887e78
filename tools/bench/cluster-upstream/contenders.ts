/** What stands before the Redis Cluster, each with one worker, all at the same time. */
import type { Address, RedisCluster } from '@keyfleet/testkit';
import type { Absent } from '../candidates/candidates.ts';
import { startEnvoyBefore, type EnvoyRefresh } from '../candidates/envoy.ts';
import { startKeyfleetProcess } from '../candidates/keyfleet-process.ts';

export const OURS = 'keyfleet';
export const ENVOY = 'Envoy';
const EAGER_ENVOY = 'Envoy, eager';
/** Nothing in between: each node is asked by itself, and what it refuses does not count. */
export const SERVERS = 'the servers';

export type Contender = {
  readonly name: string;
  readonly version: string;
  readonly address: Address;
};

/** Whatever makes Envoy look at the cluster sooner than the article's settings do. */
const EAGER_REFRESH: EnvoyRefresh = {
  cluster_refresh_rate: '1s',
  cluster_refresh_timeout: '1s',
  redirect_refresh_interval: '1s',
  redirect_refresh_threshold: 1,
  failure_refresh_threshold: 1,
  host_degraded_refresh_threshold: 1,
};

type Started = Omit<Contender, 'name'>;
type Start = (
  cluster: RedisCluster,
  root: string,
  stack: AsyncDisposableStack,
) => Promise<Started | Absent>;

const starts: Readonly<Record<string, Start>> = {
  [OURS]: (cluster, root, stack) => {
    const upstream = { upstream: 'redis-cluster', seeds: cluster.addresses.join(',') };
    return startKeyfleetProcess({ root, upstream }, stack);
  },
  [ENVOY]: ({ nodes }, _root, stack) => startEnvoyBefore(nodes, stack),
  [EAGER_ENVOY]: ({ nodes }, _root, stack) => startEnvoyBefore(nodes, stack, EAGER_REFRESH),
};

type Contenders = {
  readonly contenders: readonly Contender[];
  readonly absent: Readonly<Record<string, string>>;
};

export async function startContenders(
  cluster: RedisCluster,
  root: string,
  stack: AsyncDisposableStack,
): Promise<Contenders> {
  const contenders: Contender[] = [];
  const absent: Record<string, string> = {};
  for (const [name, start] of Object.entries(starts)) {
    const started = await start(cluster, root, stack);
    if ('absent' in started) absent[name] = started.absent;
    else contenders.push({ name, version: started.version, address: started.address });
  }
  return { contenders, absent };
}
