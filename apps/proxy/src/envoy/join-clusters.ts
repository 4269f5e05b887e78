import type { RedisListener } from './convert-listener.ts';
import type { ClusterFields, Converted, ListenerFields } from './converted.ts';

/**
 * What Envoy says at the filter, on timeouts and reads, we say at the cluster: filters that use one cluster in different
 * ways make several of ours of it. `upstreams`: by Envoy's names.
 */
export function joinClusters(
  from: readonly RedisListener[],
  upstreams: ReadonlyMap<string, ClusterFields>,
): Pick<Converted['file'], 'listeners' | 'clusters'> {
  const clusters = new Map<string, ClusterFields>();
  const nameOf = (envoyName: string, fields: ClusterFields): string => {
    const base = envoyName.replace(/[^\w.-]/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'redis';
    for (let n = 1; ; n++) {
      const name = n === 1 ? base : `${base}-${n}`;
      const there = clusters.get(name);
      if (there !== undefined && JSON.stringify(there) !== JSON.stringify(fields)) continue;
      clusters.set(name, fields);
      return name;
    }
  };
  const listeners = from.flatMap(
    ({ bind, port, cluster, settings, users, node }): ListenerFields[] => {
      const upstream = upstreams.get(cluster);
      if (upstream === undefined) {
        node.note(`is not carried: its cluster ${cluster} is not`);
        return [];
      }
      const name = nameOf(cluster, { ...upstream, ...settings });
      return [{ port, bind, cluster: name, ...(users.length === 0 ? {} : { users }) }];
    },
  );
  return { listeners, clusters: Object.fromEntries(clusters) };
}
