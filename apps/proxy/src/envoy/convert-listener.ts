import { convertAddress } from './convert-address.ts';
import { convertFilter, type RedisFilter } from './convert-filter.ts';
import type { EnvoyNode } from './envoy-node.ts';
import { isOfType, typedConfig } from './typed-config.ts';

const FILTERS = ['envoy.filters.network.redis_proxy', 'envoy.redis_proxy'];

export type RedisListener = RedisFilter & {
  readonly bind: string;
  readonly port: number;
  /** Where it is from. */
  readonly node: EnvoyNode;
};

/** Null: it is none of Redis, or cannot be converted; the notes say why. */
export function convertListener(listener: EnvoyNode): RedisListener | null {
  const chains = listener.at('filter_chains').items();
  const chain = chains.find((one) => redisFilterOf(one) !== undefined);
  if (chain === undefined) {
    listener.note('is not carried: it has no redis_proxy filter');
    return null;
  }
  for (const other of chains.filter((one) => one !== chain))
    other.note('is not carried: a port has one way to a cluster');
  // Sharing the port between threads, and which way it goes, is how the process works.
  listener.done('name', 'enable_reuse_port', 'reuse_port', 'traffic_direction', 'stat_prefix');
  const filter = convertFilter(typedConfig(redisFilterOf(chain)!));
  if (filter === null) {
    listener.done();
    return null;
  }
  const address = convertAddress(listener.at('address'));
  chain.done('name');
  chain.at('transport_socket').note('is not carried: clients connect without TLS');
  chain.at('filter_chain_match').note('is not carried: all connections to the port are taken');
  return address && { bind: address.host, port: address.port, node: listener, ...filter };
}

function redisFilterOf(chain: EnvoyNode): EnvoyNode | undefined {
  return chain
    .at('filters')
    .items()
    .find((filter) => isOfType(filter, 'RedisProxy', FILTERS));
}
