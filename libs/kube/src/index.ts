export { KubeError } from './client/kube-error.ts';
export { KubeClient } from './client/kube-client.ts';
export { loadKubeConfig, KubeConfigError } from './client/load-kube-config.ts';
export type { Kind, KubeObject, Metadata, ObjectRef } from './client/kube-object.ts';
export { podState } from './platform/pod-state.ts';
export { CLUSTER_LABEL, COMPONENT_LABEL, SHARD_LABEL } from './objects/labels.ts';
export { redisClusterCrd } from './crd/redis-cluster-crd.ts';
export type { RedisCluster } from './crd/redis-cluster.ts';
export type { RedisClusterStatus } from './crd/redis-cluster-status.ts';
