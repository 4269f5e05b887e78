import type { ClusterSpec } from '@keyfleet/lifecycle';

/** All that a cluster's objects are made of, but its secret. */
export type ClusterPlace = {
  readonly namespace: string;
  readonly name: string;
  /** Of the RedisCluster, which owns them. */
  readonly uid: string;
  readonly spec: ClusterSpec;
  /** What runs, unless `spec.engine.image` says otherwise for the servers. */
  readonly images: { readonly proxy: string; readonly redis: string; readonly valkey: string };
  readonly configserverUrls: readonly string[];
  /** Left out: what Kubernetes does by itself. */
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  /** Names of Secrets in the cluster's namespace. */
  readonly imagePullSecrets?: readonly string[];
};
