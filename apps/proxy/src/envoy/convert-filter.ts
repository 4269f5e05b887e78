/** Envoy's redis_proxy filter: which cluster it leads to, who may, and how it is used. */
import type { ClusterFields, UserFields } from './converted.ts';
import { convertUsers } from './convert-users.ts';
import type { EnvoyNode } from './envoy-node.ts';

export type RedisFilter = {
  /** Its name in Envoy. */
  readonly cluster: string;
  /** Here they belong to the cluster. */
  readonly settings: ClusterFields;
  readonly users: readonly UserFields[];
};

/** Null: it cannot be converted, and the notes say why. */
export function convertFilter(config: EnvoyNode): RedisFilter | null {
  config.done('stat_prefix', 'latency_in_micros', 'custom_commands');
  const external = config.at('external_auth_provider');
  if (external.isThere) {
    external.note('is not carried, nor is its listener: no service is asked who may log in');
    return null;
  }
  const cluster = convertRoutes(config);
  if (cluster === null) return null;
  return { cluster, settings: convertSettings(config.at('settings')), users: convertUsers(config) };
}

/** The cluster that all keys go to. */
function convertRoutes(config: EnvoyNode): string | null {
  const prefixes = config.at('prefix_routes');
  prefixes.done('case_insensitive');
  const rest = prefixes.at('catch_all_route');
  rest.done('prefix');
  const cluster = rest.at('cluster').text() ?? config.at('cluster').text();
  const routes = prefixes.at('routes');
  if (cluster === undefined) {
    const because = 'keys are not told apart by prefix, and there is no catch_all_route';
    (routes.isThere ? routes : config).note(`is not carried, nor is its listener: ${because}`);
    return null;
  }
  for (const route of routes.items())
    route.note(
      `is not carried: all keys go to ${cluster}; those of this prefix need a listener or a user of their own`,
    );
  for (const name of ['key_formatter', 'remove_prefix']) {
    if (!rest.at(name).isThere || rest.at(name).text() === 'false') continue;
    rest.at(name).note('is not carried: KEYS WILL HAVE OTHER NAMES than through Envoy');
  }
  return cluster;
}

function convertSettings(settings: EnvoyNode): ClusterFields {
  // Always so here, or without a meaning for a Redis Cluster.
  settings.done('enable_hashtagging', 'enable_redirection', 'dns_cache_config');
  settings
    .at('static_shard_routing')
    .note('is not carried: keys go by the slots of a Redis Cluster, or to one server');
  const blocking = settings.at('blocking_command_settings');
  return {
    opTimeoutMs: settings.at('op_timeout').durationMs(),
    reads: convertReadPolicy(settings.at('read_policy')),
    privateConnectionsMax: blocking.at('max_active_connections_per_host').number(),
  };
}

type Reads = NonNullable<ClusterFields['reads']>;
/** What it becomes, and what is then different. */
const policies: ReadonlyMap<string, readonly [Reads, string?]> = new Map([
  ['MASTER', ['primary']],
  ['PRIMARY', ['primary']],
  ['PREFER_MASTER', ['primary', 'becomes primary: reads wait for a primary that is lost']],
  ['PREFER_PRIMARY', ['primary', 'becomes primary: reads wait for a primary that is lost']],
  ['REPLICA', ['replica', 'becomes replica: where no replica is fit, the primary answers']],
  ['PREFER_REPLICA', ['replica']],
  ['ANY', ['any']],
  ['LOCAL_ZONE_AFFINITY', ['nearest', 'becomes nearest: a primary of the own zone is read, too']],
  ['LOCAL_ZONE_AFFINITY_REPLICAS_AND_PRIMARY', ['nearest']],
]);

function convertReadPolicy(policy: EnvoyNode): Reads | undefined {
  const name = policy.text();
  if (name === undefined) return undefined;
  const [reads, difference] = policies.get(name) ?? [
    'primary',
    'becomes primary: it is no read policy',
  ];
  if (difference !== undefined) policy.note(difference);
  return reads;
}
