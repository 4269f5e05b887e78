/** Envoy's static configuration with redis_proxy filters as our file; pure. */
import type { Fields } from '@keyfleet/runtime';
import { convertAddress } from './convert-address.ts';
import { convertCluster } from './convert-cluster.ts';
import { convertListener, type RedisListener } from './convert-listener.ts';
import type { ClusterFields, Converted } from './converted.ts';
import { EnvoyNode, type Note } from './envoy-node.ts';
import { joinClusters } from './join-clusters.ts';
import { reasonOf } from './reasons.ts';

export function convertEnvoy(bootstrap: Fields): Converted {
  const notes: Note[] = [];
  const root = new EnvoyNode(bootstrap, [], notes);
  const resources = root.at('static_resources');
  const listeners = resources
    .at('listeners')
    .items()
    .flatMap((one) => convertListener(one) ?? []);
  const upstreams = convertClusters(resources.at('clusters').items(), listeners);
  const admin = convertAdmin(root);
  const bind = listeners[0]?.bind ?? admin?.host;
  const joined = joinClusters(listeners, upstreams, bind);
  const file = {
    ...(bind === undefined ? {} : { bind }),
    ...(admin === null || admin.host === bind ? {} : { adminBind: admin.host }),
    ...(admin === null ? {} : { adminPort: admin.port }),
    ...convertZone(root, joined.clusters),
    ...joined,
  };
  root.done('node', 'flags_path');
  root.reportRest(reasonOf);
  return { file, notes };
}

/** Of the clusters that listeners lead to, by Envoy's name. */
function convertClusters(
  clusters: readonly EnvoyNode[],
  listeners: readonly RedisListener[],
): Map<string, ClusterFields> {
  const wanted = new Set(listeners.map(({ cluster }) => cluster));
  const upstreams = new Map<string, ClusterFields>();
  for (const cluster of clusters) {
    const name = cluster.at('name').text() ?? '';
    if (!wanted.has(name)) {
      cluster.note('is not carried: no listener that is carried leads to it');
      continue;
    }
    const upstream = convertCluster(cluster);
    if (upstream !== null) upstreams.set(name, upstream);
  }
  return upstreams;
}

/** It matters to those that read what is near. */
function convertZone(root: EnvoyNode, clusters: Converted['file']['clusters']): { zone?: string } {
  const zone = root.at('node').at('locality').at('zone').text();
  const isUsed = Object.values(clusters).some(({ reads }) => reads === 'nearest');
  return zone === undefined || !isUsed ? {} : { zone };
}

function convertAdmin(root: EnvoyNode): ReturnType<typeof convertAddress> {
  const admin = root.at('admin');
  if (!admin.isThere) return null;
  admin.done('profile_path');
  return convertAddress(admin.at('address'));
}
