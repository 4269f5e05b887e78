/** What the operator follows. Metadata is enough where only the hash of what was applied is looked at. */
import type { Kind } from '@keyfleet/kube';

export type WatchedKind = Kind & { readonly metadataOnly: boolean };

export const redisClusters: Kind = { apiVersion: 'keyfleet.dev/v1alpha1', kind: 'RedisCluster' };

export const ownedKinds: readonly WatchedKind[] = [
  { apiVersion: 'v1', kind: 'Pod', metadataOnly: false },
  { apiVersion: 'apps/v1', kind: 'Deployment', metadataOnly: false },
  { apiVersion: 'apps/v1', kind: 'StatefulSet', metadataOnly: true },
  { apiVersion: 'v1', kind: 'Service', metadataOnly: true },
  { apiVersion: 'v1', kind: 'ConfigMap', metadataOnly: true },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadataOnly: true },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadataOnly: true },
  { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadataOnly: true },
];
