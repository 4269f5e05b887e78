import type { Metadata } from '../client/kube-object.ts';
import type { ClusterPlace } from './cluster-place.ts';
import { serverLabels } from './labels.ts';
import { shardObjectName } from './names.ts';
import { ownedBy } from './rendered.ts';

/** Of every object that a shard has once. */
export function shardMetadata(place: ClusterPlace, shard: string): Metadata {
  return ownedBy(place, shardObjectName(place.name, shard), serverLabels(place.name, shard));
}
