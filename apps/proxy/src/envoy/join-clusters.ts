import type { RedisListener } from './convert-listener.ts';
import type { ClusterFields, Converted, ListenerFields } from './converted.ts';

/**
 * What Envoy says at the filter, on timeouts and reads, we say at the cluster: filters that use one cluster in different
 * ways make several of ours of it. `upstreams`: by Envoy's names.
 */
export function joinClusters(
  from: readonly RedisListener[],
  upstreams: ReadonlyMap<string, ClusterFields>,
  bindOnTop?: string,
): Pick<Converted['file'], 'listeners' | 'clusters'> {
  const clusters = new Map<string, ClusterFields>();
  const join = (listener: RedisListener): ListenerFields[] => {
    const { bind, port, users, settings } = listener;
    const upstream = upstreams.get(listener.cluster);
    if (upstream === undefined) {
      listener.node.note(`is not carried: its cluster ${listener.cluster} is not`);
      return [];
    }
    const cluster = addCluster(clusters, listener.cluster, { ...upstream, ...settings });
    const ownBind = bind === bindOnTop ? {} : { bind };
    return [{ port, ...ownBind, cluster, ...(users.length === 0 ? {} : { users }) }];
  };
  const listeners = from.flatMap(join);
  return { listeners, clusters: Object.fromEntries(clusters) };
}

/** Gives the name: Envoy's, as far as it can be one here, with a number if another has it. */
function addCluster(
  clusters: Map<string, ClusterFields>,
  envoyName: string,
  fields: ClusterFields,
): string {
  const base = envoyName.replace(/[^\w.-]/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'redis';
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base}-${n}`;
    const other = clusters.get(name);
    if (other !== undefined && JSON.stringify(other) !== JSON.stringify(fields)) continue;
    clusters.set(name, fields);
    return name;
  }
}
