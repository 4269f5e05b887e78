import type { KubeObject, Metadata } from '../client/kube-object.ts';
import type { ClusterPlace } from './cluster-place.ts';
import type { Labels } from './labels.ts';
import type { Plain } from './plain.ts';

/** The API's type of an object, as we apply it: without what the API server fills in. */
export type Rendered<Type> = KubeObject & Plain<Omit<Type, keyof KubeObject | 'status'>>;

/** Whoever deletes the RedisCluster deletes what it owns; its deletion waits for them if it is asked to. */
export function ownedBy(place: ClusterPlace, name: string, labels: Labels): Metadata {
  return {
    name,
    namespace: place.namespace,
    labels,
    ownerReferences: [
      {
        apiVersion: 'keyfleet.dev/v1alpha1',
        kind: 'RedisCluster',
        name: place.name,
        uid: place.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  };
}
