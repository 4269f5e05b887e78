/** A cluster of Envoy as the upstream of one of ours. */
import { convertAddress, hostPortText, type SocketAddress } from './convert-address.ts';
import { convertCredentials } from './convert-credentials.ts';
import { convertTls } from './convert-tls.ts';
import type { ClusterFields } from './converted.ts';
import type { EnvoyNode } from './envoy-node.ts';
import { isOfType, typedConfig } from './typed-config.ts';

/** Null: it cannot be converted, and the notes say why. */
export function convertCluster(cluster: EnvoyNode): ClusterFields | null {
  const servers = convertServers(cluster);
  if (servers.length === 0) {
    cluster.note('is not carried: want hosts in load_assignment');
    return null;
  }
  const kind = cluster.at('cluster_type');
  const isRedisCluster = isOfType(kind, 'RedisClusterConfig', ['envoy.clusters.redis']);
  const upstream = isRedisCluster
    ? convertRedisCluster(cluster, kind)
    : convertServer(cluster, servers);
  if (upstream === null) return null;
  cluster.done('name', 'alt_stat_name');
  return {
    upstream: upstream.upstream,
    seeds: servers.map(hostPortText),
    ...upstream,
    connectTimeoutMs: cluster.at('connect_timeout').durationMs(),
    ipFamily: ipFamilies.get(cluster.at('dns_lookup_family').text() ?? ''),
    ...convertCredentials(cluster),
    ...convertTls(cluster),
  };
}

/** Any other is any. */
const ipFamilies: ReadonlyMap<string, ClusterFields['ipFamily']> = new Map([
  ['V4_ONLY', '4'],
  ['V6_ONLY', '6'],
]);

function convertServers(cluster: EnvoyNode): SocketAddress[] {
  const assignment = cluster.at('load_assignment');
  assignment.done('cluster_name');
  const endpoints = assignment
    .at('endpoints')
    .items()
    .flatMap((locality) => {
      locality.done('locality');
      return locality.at('lb_endpoints').items();
    });
  const addresses = endpoints.map((one) => convertAddress(one.at('endpoint').at('address')));
  return addresses.filter((address) => address !== null);
}

function convertRedisCluster(cluster: EnvoyNode, kind: EnvoyNode): ClusterFields {
  // It says that servers are chosen by slots, as they are here.
  cluster.done('lb_policy');
  const config = typedConfig(kind);
  return {
    upstream: 'redis-cluster',
    refreshMs: config.at('cluster_refresh_rate').durationMs(),
    refreshTimeoutMs: config.at('cluster_refresh_timeout').durationMs(),
  };
}

function convertServer(cluster: EnvoyNode, servers: readonly unknown[]): ClusterFields | null {
  const type = cluster.at('type').text() ?? 'STATIC';
  if (!['STATIC', 'STRICT_DNS', 'LOGICAL_DNS'].includes(type)) {
    cluster.note(`is not carried: want servers that are written here, not type ${type}`);
    return null;
  }
  if (servers.length > 1) {
    const spread = cluster.at('lb_policy').text() ?? 'ROUND_ROBIN';
    cluster.note(
      `is not carried: ${spread} spreads keys over ${servers.length} servers as no Redis Cluster does; move the data into a cluster`,
    );
    return null;
  }
  cluster.done('lb_policy', 'ring_hash_lb_config', 'maglev_lb_config');
  return { upstream: 'standalone' };
}
