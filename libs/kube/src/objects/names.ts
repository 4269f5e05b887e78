/**
 * How the objects of a cluster are called. None is longer than 63 characters, for a cluster's name has at most 40: the
 * longest are `data-{cluster}-shard-1023-5` (58) and the hash that Kubernetes appends to a StatefulSet's name in a
 * label (62) and to a Deployment's name in its pods' (63).
 */

/** A namespace has no dot, so no two clusters share an id. */
export function clusterId(namespace: string, cluster: string): string {
  return `${namespace}.${cluster}`;
}

export function shardName(shardIndex: number): string {
  return `shard-${shardIndex}`;
}

/** Of everything that one shard has once: StatefulSet, Service, ConfigMap, Secret, PodDisruptionBudget. */
export function shardObjectName(cluster: string, shard: string): string {
  return `${cluster}-${shard}`;
}

export function podName(cluster: string, nodeId: string): string {
  return `${cluster}-${nodeId}`;
}

/** The volume claim's name in the pod's template; Kubernetes makes `volumeClaimName` of it. */
export const DATA_VOLUME = 'data';

export function volumeClaimName(cluster: string, nodeId: string): string {
  return `${DATA_VOLUME}-${podName(cluster, nodeId)}`;
}

/** Of everything that the proxies have: Deployment, Service, HorizontalPodAutoscaler, PodDisruptionBudget. */
export function proxyName(cluster: string): string {
  return `${cluster}-proxy`;
}

/** Of the Secret with the cluster's secret, from which all passwords come. */
export function credentialsName(cluster: string): string {
  return `${cluster}-credentials`;
}
