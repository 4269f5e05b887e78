/** The clusters that the configserver knows and those that are only a manifest so far, as one list. */
import { ClusterList, type ClusterStatus } from '@keyfleet/api';
import { clusterId, type RedisCluster } from '@keyfleet/kube';
import type { ShownCluster } from '../shown-cluster.ts';

/** `namespace`: only its clusters, under their own names; null: all, with the namespace before the name. */
export function mergeClusters(
  known: readonly ClusterStatus[],
  resources: readonly RedisCluster[],
  namespace: string | null,
): ShownCluster[] {
  const ids = new Set(known.map(({ name }) => name));
  const all = [
    ...known.map((status) => ({ status, unknown: null })),
    ...resources.map(unknownCluster).filter(({ status }) => !ids.has(status.name)),
  ];
  return all
    .filter(({ status }) => namespace === null || placeOf(status.name).namespace === namespace)
    .map((cluster) => ({ name: shownName(cluster.status.name, namespace), ...cluster }))
    .sort((one, other) => one.name.localeCompare(other.name));
}

/** No namespace has a dot. An id without one is not of Kubernetes. */
function placeOf(id: string): { namespace: string; name: string } {
  const dot = id.indexOf('.');
  return { namespace: id.slice(0, Math.max(dot, 0)), name: id.slice(dot + 1) };
}

function shownName(id: string, only: string | null): string {
  const { namespace, name } = placeOf(id);
  return only === null && namespace !== '' ? `${namespace}/${name}` : name;
}

function unknownCluster({ metadata, status }: RedisCluster): Omit<ShownCluster, 'name'> {
  const { phase = 'Creating', message = 'the operator has not begun with it' } = status ?? {};
  const { phase: phases } = ClusterList.shape.clusters.element.shape;
  return {
    status: {
      name: clusterId(metadata.namespace ?? '', metadata.name),
      // Programs get one of the words that the API has.
      phase: phases.catch('Creating').parse(phase),
      topologyVersion: 0,
      shards: [],
      proxies: [],
    },
    unknown: { phase, because: message },
  };
}
