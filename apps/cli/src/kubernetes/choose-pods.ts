/** Which pods the logs of a component are, and what to say when there are none. */
import { chooseClusters } from '../choose-clusters.ts';
import { CommandError } from '../command-error.ts';
import { CLUSTER_LABEL, COMPONENT_LABEL, type Pod } from '@keyfleet/kube';
import { clusterOf, isPart, partOf, sharedParts } from './pod-part.ts';

export type Wanted = {
  /** Empty: every cluster of the namespace. */
  readonly cluster: string;
  /** The name of one part, or the start of several; undefined: every part of the clusters. */
  readonly component: string | undefined;
  readonly namespace: string;
  readonly installNamespace: string;
};

/** Where to look; `choosePods` takes from what is there. */
export function scopeOf({ component, namespace, installNamespace }: Wanted): {
  namespace: string;
  labelSelector: string;
} {
  if (!isShared(component)) return { namespace, labelSelector: CLUSTER_LABEL };
  const labelSelector = `app.kubernetes.io/name=keyfleet,${COMPONENT_LABEL}=${component}`;
  return { namespace: installNamespace, labelSelector };
}

/** In the order of their names. */
export function choosePods(pods: readonly Pod[], { cluster, component }: Wanted): Pod[] {
  const isWanted = (pod: Pod): boolean =>
    (cluster === '' || clusterOf(pod) === cluster) &&
    (component === undefined || isPart(partOf(pod), component));
  return pods
    .filter((pod) => isShared(component) || isWanted(pod))
    .sort((one, other) => one.metadata.name.localeCompare(other.metadata.name));
}

/** Throws the CommandError that says what is there (`pods`) and not wanted. */
export function refuseAll(pods: readonly Pod[], wanted: Wanted): never {
  const { cluster, component, namespace, installNamespace } = wanted;
  if (isShared(component))
    throw new CommandError(
      `Cannot show logs of ${component}: it has no pods in ${installNamespace}, want the namespace that Keyfleet is installed in (--install-namespace)`,
    );
  if (pods.length === 0)
    throw new CommandError(
      `Cannot show logs: no cluster has pods in the namespace ${namespace}, want another --namespace`,
    );
  const clusters = [...new Set(pods.map(clusterOf))].sort();
  chooseClusters(
    clusters.map((name) => ({ name })),
    cluster,
  );
  const parts = [...new Set(pods.map(partOf))].sort();
  throw new CommandError(
    `Cannot show logs of ${component}: want one of ${[...sharedParts, ...parts].join(', ')}`,
  );
}

function isShared(component: string | undefined): component is string {
  return component !== undefined && sharedParts.includes(component);
}
