/** The name that `keyfleet logs` has for what runs in a pod: the same as on one machine. */
import { CLUSTER_LABEL, COMPONENT_LABEL, SHARD_LABEL, type Pod } from '@keyfleet/kube';

/** What the installation runs for all clusters, in its own namespace. */
export const sharedParts: readonly string[] = ['operator', 'configserver', 'etcd'];

/** Such as `proxy`, or `shard-0-1` for a server. */
export function partOf({ metadata }: Pod): string {
  const { name, labels = {} } = metadata;
  const shard = labels[SHARD_LABEL];
  if (shard === undefined) return labels[COMPONENT_LABEL] ?? name;
  const ordinal = name.slice(name.lastIndexOf('-') + 1);
  return `${shard}-${ordinal}`;
}

export function clusterOf({ metadata }: Pod): string {
  return metadata.labels?.[CLUSTER_LABEL] ?? '';
}

/** `wanted`: the name of one part, or the start of several, as `shard-0`. */
export function isPart(part: string, wanted: string): boolean {
  return part === wanted || part.startsWith(`${wanted}-`);
}
