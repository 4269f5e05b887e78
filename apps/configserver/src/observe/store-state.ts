/**
 * All records as one value in memory. The reducer is pure: the same batches give the same state, and a writer
 * can ask what its own operations would make of it before it sends them.
 */
import { records, type Change, type Listing, type WatchBatch } from '@keyfleet/store';

type Decoded<K extends keyof typeof records> = ReturnType<(typeof records)[K]['decode']>;
export type ClusterRecord = Decoded<'cluster'>;
export type ShardRecord = Decoded<'shard'>;
export type NodeRecord = Decoded<'node'>;
export type SessionRecord = Decoded<'session'>;
type EventRecord = Decoded<'event'>;

/** A record as the store has it: `modRevision` is what a write that read it compares. */
type Kept<T> = { readonly value: T; readonly modRevision: number };

export type ClusterState = {
  readonly name: string;
  readonly cluster: Kept<ClusterRecord> | undefined;
  readonly credentials: Kept<Decoded<'credentials'>> | undefined;
  readonly topology: Kept<Decoded<'topology'>> | undefined;
  readonly operation: Kept<Decoded<'operation'>> | undefined;
  readonly shards: ReadonlyMap<string, Kept<ShardRecord>>;
  readonly nodes: ReadonlyMap<string, Kept<NodeRecord>>;
  readonly sessions: ReadonlyMap<string, Kept<SessionRecord>>;
  /** By the last part of the key, oldest first. */
  readonly events: ReadonlyMap<string, Kept<EventRecord>>;
  /** What could not be decoded, by key. Absent and unreadable must never look alike: the one means new. */
  readonly broken: ReadonlyMap<string, Broken>;
};

type Broken = { readonly because: string; readonly modRevision: number };

export type StoreState = {
  readonly revision: number;
  readonly leader: Kept<Decoded<'leader'>> | undefined;
  readonly clusters: ReadonlyMap<string, ClusterState>;
};

type Draft = { -readonly [K in keyof ClusterState]: ClusterState[K] } & {
  [K in 'shards' | 'nodes' | 'sessions' | 'events']: Map<string, Kept<unknown>>;
} & { broken: Map<string, Broken> };

const kinds = Object.entries(records) as [keyof typeof records, (typeof records)['shard']][];
const collections = {
  shard: 'shards',
  node: 'nodes',
  session: 'sessions',
  event: 'events',
} as const;

export const emptyState: StoreState = { revision: 0, leader: undefined, clusters: new Map() };

export function emptyCluster(name: string): ClusterState {
  const none = {
    cluster: undefined,
    credentials: undefined,
    topology: undefined,
    operation: undefined,
  };
  const maps = { shards: new Map(), nodes: new Map(), sessions: new Map(), events: new Map() };
  return { name, ...none, ...maps, broken: new Map() };
}

export function stateOf({ entries, revision }: Listing): StoreState {
  const changes = entries.map((entry) => ({ type: 'put', entry }) as const);
  return reduceBatch(emptyState, { revision, changes });
}

/** Clusters that the batch does not touch stay the same object. */
export function reduceBatch(state: StoreState, { revision, changes }: WatchBatch): StoreState {
  const clusters = new Map(state.clusters);
  const drafts = new Map<string, Draft>();
  let { leader } = state;
  for (const change of changes) {
    const place = placeOf(keyOf(change));
    if (place?.kind === 'leader') leader = keep(change, (text) => records.leader.decode(text));
    if (!place || place.kind === 'leader') continue;
    const name = place.params['cluster']!;
    const draft = drafts.get(name) ?? draftOf(clusters.get(name) ?? emptyCluster(name));
    drafts.set(name, draft);
    apply(draft, place, change);
  }
  for (const [name, draft] of drafts) {
    if (isEmpty(draft)) clusters.delete(name);
    else clusters.set(name, draft);
  }
  return { revision, leader, clusters };
}

/** The revision of the record at `key`, 0 when there is none: what a write compares that replaces it. */
export function revisionOf(state: ClusterState, key: string): number {
  const place = placeOf(key);
  if (!place || place.kind === 'leader') return 0;
  const broken = state.broken.get(key);
  if (broken) return broken.modRevision;
  if (!isCollected(place.kind)) return state[place.kind]?.modRevision ?? 0;
  return state[collections[place.kind]].get(idOf(place))?.modRevision ?? 0;
}

type Place = { kind: keyof typeof records; params: Record<string, string> };

function placeOf(key: string): Place | undefined {
  for (const [kind, record] of kinds) {
    const params = record.parse(key);
    if (params) return { kind, params };
  }
  return undefined;
}

function apply(draft: Draft, place: Place, change: Change): void {
  const key = keyOf(change);
  draft.broken.delete(key);
  let kept: Kept<unknown> | undefined;
  try {
    kept = keep(change, (text) => records[place.kind].decode(text, key));
  } catch (error) {
    const because = (error as Error).message;
    draft.broken.set(key, { because, modRevision: modRevisionOf(change) });
  }
  if (!isCollected(place.kind)) {
    Object.assign(draft, { [place.kind]: kept });
    return;
  }
  const collection = draft[collections[place.kind]];
  if (kept) collection.set(idOf(place), kept);
  else collection.delete(idOf(place));
}

function isCollected(kind: Place['kind']): kind is keyof typeof collections {
  return kind in collections;
}

function idOf({ kind, params }: Place): string {
  return params[kind === 'event' ? 'seq' : kind]!;
}

function keep<T>(change: Change, decode: (text: string) => T): Kept<T> | undefined {
  if (change.type === 'delete') return undefined;
  const { value, modRevision } = change.entry;
  return { value: decode(value), modRevision };
}

function keyOf(change: Change): string {
  return change.type === 'put' ? change.entry.key : change.key;
}

function modRevisionOf(change: Change): number {
  return change.type === 'put' ? change.entry.modRevision : change.modRevision;
}

function draftOf(state: ClusterState): Draft {
  return {
    ...state,
    shards: new Map(state.shards),
    nodes: new Map(state.nodes),
    sessions: new Map(state.sessions),
    events: new Map(state.events),
    broken: new Map(state.broken),
  };
}

function isEmpty({ cluster, credentials, topology, operation, ...maps }: Draft): boolean {
  if (cluster ?? credentials ?? topology ?? operation) return false;
  const { shards, nodes, sessions, events, broken } = maps;
  return [shards, nodes, sessions, events, broken].every((map) => map.size === 0);
}
