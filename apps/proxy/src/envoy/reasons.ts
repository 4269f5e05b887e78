/** Why a field of Envoy is not carried, by its name; the rest has no counterpart. */
const reasons: Readonly<Record<string, string>> = {
  access_log:
    'there is a log of decisions, not of connections; see /clients and /slowlog of the admin port',
  circuit_breakers: 'connections are few and shared; see inFlightMax, clientsMax and maxMemory',
  close_connections_on_host_health_failure: 'what failed is seen and closed by itself',
  common_lb_config: 'who answers is decided by slots, not by a load balancer',
  connection_rate_limit: 'a server that fails is tried again with growing pauses',
  dns_cache_config: 'names in redirections are looked up as they are',
  dns_refresh_rate: 'names are looked up for each connection and each refresh',
  dynamic_resources: 'only what is static is converted',
  enable_command_stats: 'metrics have names of their own, see /metrics of the admin port',
  failure_refresh_threshold:
    'the first failure already asks for a refresh; refreshes are rate-limited',
  faults: 'no faults are injected',
  health_checks: 'servers are watched by the requests they answer, and probed when they fail',
  host_degraded_refresh_threshold:
    'the first failure already asks for a refresh; refreshes are rate-limited',
  key_formatter: 'keys are sent as they are',
  lb_policy: 'there is one server',
  max_buffer_size_before_flush:
    'requests are not held back; those that come together leave in one write',
  buffer_flush_timeout: 'requests are not held back; those that come together leave in one write',
  max_upstream_unknown_connections:
    'each server has one connection per protocol version and database',
  outlier_detection: 'a server that fails is taken out and probed by itself',
  overload_manager: 'memory is bounded by maxMemory',
  per_connection_buffer_limit_bytes: 'see clientOutputBytesMax and clientInputBytesMax',
  read_command_policy: 'reads of a cluster go to the servers of that cluster; see reads',
  redirect_refresh_interval: 'refreshes are rate-limited by themselves',
  redirect_refresh_threshold: 'the first redirection already asks for a refresh',
  request_mirror_policy: 'requests are not mirrored',
  respect_dns_ttl: 'names are looked up for each connection and each refresh',
  stats_sinks: 'metrics are pulled, see /metrics of the admin port',
};

export function reasonOf(name: string): string {
  const asInProto = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.hasOwn(reasons, asInProto) ? reasons[asInProto]! : 'it has no counterpart';
}
