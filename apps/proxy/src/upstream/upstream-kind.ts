/** What is behind the proxy, and what that means for the data path: the one place that tells kinds of upstream apart. */

export const upstreamKinds = ['topology', 'redis-cluster', 'standalone'] as const;
export type UpstreamKind = (typeof upstreamKinds)[number];

export type UpstreamTraits = {
  /** The topology says which life (run id) of a server is primary, and no other is talked to. */
  readonly provesLife: boolean;
  /** A server tells its id (CLUSTER MYID), which is the one that the topology names it by. */
  readonly tellsNodeId: boolean;
  /** There is one, which has everything. */
  readonly isOneServer: boolean;
  /** Servers know which slots are theirs, and say where others are: MOVED, ASK, TRYAGAIN, CLUSTERDOWN. */
  readonly redirects: boolean;
  /** A server takes several keys only if they share a slot, though it has them all. */
  readonly splitsBySlot: boolean;
  /** A key is at its slot's owner only. Else (a slot that moves) it may be at two shards, or only at the one it moves to. */
  readonly hasOwnedKeysOnly: boolean;
  /** The servers are the platform's own: its stamps are among their keys, and it keeps their configuration alike. */
  readonly ownsServers: boolean;
  /** Whatever node a message is published at, subscribers at all nodes get it. */
  readonly sharesMessages: boolean;
  /** What SELECT offers where nothing else is said. */
  readonly databases: number;
};

const traits: Readonly<Record<UpstreamKind, UpstreamTraits>> = {
  topology: {
    provesLife: true,
    tellsNodeId: false,
    isOneServer: false,
    redirects: false,
    splitsBySlot: false,
    hasOwnedKeysOnly: true,
    ownsServers: true,
    sharesMessages: false,
    databases: 16,
  },
  'redis-cluster': {
    provesLife: false,
    tellsNodeId: true,
    isOneServer: false,
    redirects: true,
    splitsBySlot: true,
    hasOwnedKeysOnly: false,
    ownsServers: false,
    sharesMessages: true,
    databases: 1,
  },
  standalone: {
    provesLife: false,
    tellsNodeId: false,
    isOneServer: true,
    redirects: false,
    splitsBySlot: false,
    hasOwnedKeysOnly: true,
    ownsServers: false,
    sharesMessages: false,
    databases: 16,
  },
};

export function traitsOf(kind: UpstreamKind): UpstreamTraits {
  return traits[kind];
}
