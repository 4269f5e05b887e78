import { startRedisCluster, type ClusterNode } from '@keyfleet/testkit';

/** Three primaries without replicas, patient as servers are by default: a busy machine is no failure. */
export async function startPrimaries(stack: AsyncDisposableStack): Promise<readonly ClusterNode[]> {
  const cluster = await startRedisCluster({ replicasPerPrimary: 0, nodeTimeoutMs: 15_000 });
  return stack.use(cluster).nodes;
}
