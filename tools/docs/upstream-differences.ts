import { traitsOf, type UpstreamKind } from './app-tables.ts';
import { code, table } from './markdown.ts';

const databases = (kind: UpstreamKind): number => traitsOf(kind).databases;

const rows: readonly (readonly [string, string, string, string])[] = [
  [
    'keys of one command',
    'as below',
    'as below; what goes “over shards” is one request for each slot',
    'any, whatever their slots',
  ],
  [
    'keys of a transaction, WATCH, scripts, sharded channels, SORT patterns',
    'share a slot',
    'share a slot',
    'any; `DBSIZE`, `FLUSHALL`, `FLUSHDB`, `KEYS` and `RANDOMKEY` inside MULTI, too',
  ],
  [
    'databases, unless the setting `databases` says more',
    `${databases('topology')}`,
    `${databases('redis-cluster')} (Valkey 9 with ${code('cluster-databases')} has more: say how many)`,
    `${databases('standalone')}`,
  ],
  [
    'PUBLISH',
    'to the shard of the name; subscribed at every shard',
    'to the shard of the name, the nodes pass it on; subscribed at one',
    'as it is',
  ],
  ['keyspace notifications', 'of all shards', 'of all primaries', 'as they are'],
  [
    "WAIT's mark behind what its client wrote",
    'an empty message',
    'a key `__keyfleet:wait:{…}` that comes and goes at once',
    'an empty message',
  ],
  [
    'CONFIG SET',
    "at all primaries; not of what the cluster's manifest says",
    'at all primaries; not of `port`, `databases`, `maxclients`, limits of clients, passwords, addresses',
    'the same',
  ],
  ['CONFIG GET maxmemory', 'of all shards together', 'of each server', 'of the server'],
  [
    'commands that the servers deny',
    'none',
    'their own `NOPERM`; what the proxy wants them for by itself, it does without',
    'the same',
  ],
];

/** What is not the same before servers that are not Keyfleet's. */
export function upstreamDifferences(): string {
  const kinds = ['topology', 'redis-cluster', 'standalone'].map((kind) =>
    code(`upstream: ${kind}`),
  );
  return table(['', ...kinds], rows);
}
