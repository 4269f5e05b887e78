/** All objects of one shard. They depend on the shard alone, not on how many there are. */
import type {
  V1PersistentVolumeClaim,
  V1PodDisruptionBudget,
  V1Service,
  V1StatefulSet,
  V1StatefulSetSpec,
} from '@kubernetes/client-node';
import type { KubeObject } from '../client/kube-object.ts';
import type { ClusterPlace } from './cluster-place.ts';
import { serverSelector } from './labels.ts';
import type { Plain } from './plain.ts';
import { DATA_VOLUME, shardName, shardObjectName } from './names.ts';
import type { Rendered } from './rendered.ts';
import { sealed } from './sealed.ts';
import { SERVER_PORT, shardConfigMap, shardSecret } from './server-files.ts';
import { hasVolume, serverPod } from './server-pod.ts';
import { shardMetadata } from './shard-metadata.ts';

/** In the order in which they are to be made: what a pod mounts is there before the pod. */
export function shardObjects(
  place: ClusterPlace,
  shardIndex: number,
  secret: string,
): KubeObject[] {
  const shard = shardName(shardIndex);
  return [
    shardSecret(place, shard, secret),
    shardConfigMap(place, shard),
    headlessService(place, shard),
    disruptionBudget(place, shard),
    statefulSet(place, shard),
  ].map(sealed);
}

function headlessService(place: ClusterPlace, shard: string): Rendered<V1Service> {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: shardMetadata(place, shard),
    spec: {
      clusterIP: 'None',
      // A server is found by its name also while it loads its data.
      publishNotReadyAddresses: true,
      selector: serverSelector(place.name, shard),
      ports: [{ name: 'redis', port: SERVER_PORT, targetPort: 'redis' }],
    },
  };
}

/** A drain takes one server of a shard at a time. */
function disruptionBudget(place: ClusterPlace, shard: string): Rendered<V1PodDisruptionBudget> {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: shardMetadata(place, shard),
    spec: {
      maxUnavailable: 1,
      selector: { matchLabels: serverSelector(place.name, shard) },
    },
  };
}

function statefulSet(place: ClusterPlace, shard: string): Rendered<V1StatefulSet> {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: shardMetadata(place, shard),
    spec: {
      serviceName: shardObjectName(place.name, shard),
      replicas: 1 + place.spec.replicasPerShard,
      selector: { matchLabels: serverSelector(place.name, shard) },
      template: serverPod(place, shard),
      // No server waits for another: roles are given when all are there.
      podManagementPolicy: 'Parallel',
      // Which server is replaced, and when, is decided by who is primary: the operator deletes pods one by one.
      updateStrategy: { type: 'OnDelete' },
      revisionHistoryLimit: 1,
      ...volumeClaims(place),
    },
  };
}

function volumeClaims({
  spec,
}: ClusterPlace): Plain<
  Pick<V1StatefulSetSpec, 'volumeClaimTemplates' | 'persistentVolumeClaimRetentionPolicy'>
> {
  if (!hasVolume(spec)) return {};
  const { size, storageClassName } = spec.storage;
  // Nothing here can be changed later, labels included.
  const claim: Plain<V1PersistentVolumeClaim> = {
    metadata: { name: DATA_VOLUME },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: size } },
      storageClassName,
    },
  };
  return {
    volumeClaimTemplates: [claim],
    // Whoever deletes a StatefulSet by hand loses no data. The delete workflow deletes volumes where the spec says so.
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
  };
}
