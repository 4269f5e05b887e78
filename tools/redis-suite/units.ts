/** The units that are run, in this order: of the suite's all, those that speak to one server from outside. */
export const units: readonly string[] = [
  'unit/protocol', 'unit/keyspace', 'unit/scan', 'unit/info', 'unit/info-command',
  'unit/type/string', 'unit/type/incr', 'unit/type/list', 'unit/type/list-2', 'unit/type/list-3',
  'unit/type/set', 'unit/type/zset', 'unit/type/hash', 'unit/type/stream', 'unit/type/stream-cgroups',
  'unit/sort', 'unit/expire', 'unit/multi', 'unit/quit', 'unit/pubsub', 'unit/pubsubshard',
  'unit/scripting', 'unit/functions', 'unit/introspection', 'unit/introspection-2', 'unit/bitops',
  'unit/bitfield', 'unit/geo', 'unit/hyperloglog', 'unit/tracking',
]; // prettier-ignore

type ModeOf = { readonly suiteArgs: readonly string[]; readonly upstream: string };

/**
 * What is behind the proxy, and how the suite is told what cannot be asked: no SELECT, and keys of several slots in
 * one command or not.
 */
export const modes = {
  'cluster-mode': { suiteArgs: ['--cluster-mode'], upstream: 'topology' },
  singledb: { suiteArgs: ['--singledb'], upstream: 'topology' },
  'redis-cluster': { suiteArgs: ['--cluster-mode'], upstream: 'redis-cluster' },
} as const satisfies Record<string, ModeOf>;

export type Mode = keyof typeof modes;
export const modeNames = Object.keys(modes) as readonly Mode[];
