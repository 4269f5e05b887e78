/**
 * Labels of a cluster's objects. The selectors are fewer: they cannot be changed later, and Kubernetes puts them, and
 * no other label, on the volume claims of a StatefulSet.
 */

export const CLUSTER_LABEL = 'keyfleet.dev/cluster';
export const SHARD_LABEL = 'keyfleet.dev/shard';
export const COMPONENT_LABEL = 'app.kubernetes.io/component';

export type Labels = Readonly<Record<string, string>>;

export function clusterLabels(cluster: string): Labels {
  return {
    'app.kubernetes.io/name': 'keyfleet',
    'app.kubernetes.io/instance': cluster,
    'app.kubernetes.io/managed-by': 'keyfleet',
    [CLUSTER_LABEL]: cluster,
  };
}

export function serverLabels(cluster: string, shard: string): Labels {
  return { ...clusterLabels(cluster), ...serverSelector(cluster, shard) };
}

export function serverSelector(cluster: string, shard: string): Labels {
  return { [CLUSTER_LABEL]: cluster, [COMPONENT_LABEL]: 'server', [SHARD_LABEL]: shard };
}

export function proxyLabels(cluster: string): Labels {
  return { ...clusterLabels(cluster), ...proxySelector(cluster) };
}

export function proxySelector(cluster: string): Labels {
  return { [CLUSTER_LABEL]: cluster, [COMPONENT_LABEL]: 'proxy' };
}
