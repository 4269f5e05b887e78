import { startRedisCluster, type ClusterNode } from '@keyfleet/testkit';

type Primaries = readonly ClusterNode[];

const started = new WeakMap<AsyncDisposableStack, Promise<Primaries>>();

/** Those of one Redis Cluster for all candidates of a run, which are measured one after the other. */
export function sharedPrimaries(stack: AsyncDisposableStack): Promise<Primaries> {
  const known = started.get(stack);
  if (known !== undefined) return known;
  const starting = startPrimaries(stack);
  started.set(stack, starting);
  return starting;
}

/** Three primaries without replicas, patient as servers are by default: a busy machine is no failure. */
async function startPrimaries(stack: AsyncDisposableStack): Promise<Primaries> {
  const cluster = await startRedisCluster({ replicasPerPrimary: 0, nodeTimeoutMs: 15_000 });
  return stack.use(cluster).nodes;
}
