import { ApiClient, ApiError, ApiUnreachable, routes, type ClusterStatus } from '@keyfleet/api';
import { KubeError, type RedisCluster } from '@keyfleet/kube';
import { CommandError } from '../command-error.ts';
import type { ShownCluster } from '../shown-cluster.ts';
import { fetchOver } from './fetch-over.ts';
import { findConfigservers } from './find-configservers.ts';
import { forwardPort } from './forward-port.ts';
import { withKubernetes, type Kubernetes, type Place } from './kubernetes.ts';
import { mergeClusters } from './merge-clusters.ts';

/** A plugin of the kubeconfig may have to fetch a token first. */
const TIMEOUT_MS = 15_000;

const clusterKind = { apiVersion: 'keyfleet.dev/v1alpha1', kind: 'RedisCluster' };

/** The clusters of the namespace, or with `isEverywhere` of all. Throws CommandError. */
export async function kubernetesClusters(
  place: Place,
  isEverywhere: boolean,
): Promise<{ clusters: readonly ShownCluster[]; none: string }> {
  return await withKubernetes(place, async (kubernetes) => {
    const namespace = isEverywhere ? null : kubernetes.namespace;
    const [known, resources] = await Promise.all([
      askConfigserver(kubernetes),
      listResources(kubernetes, namespace),
    ]);
    const clusters = mergeClusters(known, resources, namespace);
    const where = namespace === null ? 'any namespace' : `the namespace ${namespace}`;
    return { clusters, none: `No cluster in ${where}.` };
  });
}

async function askConfigserver(kubernetes: Kubernetes): Promise<readonly ClusterStatus[]> {
  const { client, installNamespace: namespace } = kubernetes;
  const found = await findConfigservers(kubernetes);
  // The host is the pod's name, which is what we find it by.
  const urls = found.map(({ pod, port }) => `http://${pod}:${port}`);
  const api = new ApiClient(
    urls,
    fetchOver(({ hostname, port }) =>
      forwardPort(client.config, { namespace, pod: hostname, port: Number(port) }),
    ),
  );
  try {
    const answer = await api.call(routes.listClusters, { params: {}, timeoutMs: TIMEOUT_MS });
    return answer.clusters;
  } catch (error) {
    if (!(error instanceof ApiUnreachable || error instanceof ApiError)) throw error;
    throw new CommandError(`${describe(error)}, see \`kubectl keyfleet logs configserver\``, {
      cause: error,
    });
  }
}

function describe(error: ApiUnreachable | ApiError): string {
  if (error instanceof ApiError) return `Cannot show clusters: ${error.code}, ${error.message}`;
  // `fetch` says why in the cause of its error.
  const { message: failed, cause: reason } = error.cause as { message: string; cause?: Error };
  return `${error.message}: ${reason?.message ?? failed}`;
}

/** Without the CRD, or the right to read them, there is less to show, and no failure. */
async function listResources(
  { client }: Kubernetes,
  namespace: string | null,
): Promise<RedisCluster[]> {
  try {
    return await client.list<RedisCluster>(clusterKind, {
      namespace: namespace ?? undefined,
    });
  } catch (error) {
    if (error instanceof KubeError && (error.code === 'NOT_FOUND' || error.code === 'FORBIDDEN'))
      return [];
    throw error;
  }
}
