/** What servers tell on tracked connections, and what it means that such a connection comes or goes, or a slot moves. */
import { keySlot } from '@keyfleet/slots';
import { isReserved } from '../route/reserved-key.ts';
import type { Routing, RoutingFollower } from '../route/routing.ts';
import {
  isBroadcast,
  isReceiver,
  toldBy,
  type ConnectionClass,
} from '../upstream/connection-class.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import type { TrackedListener } from '../upstream/tracked-listener.ts';
import { Invalidation, invalidatedKeys } from './invalidation.ts';
import type { Teller } from './teller.ts';
import type { Tracker } from './tracker.ts';
import type { Scope, Trackers } from './trackers.ts';

export type FeedsEnv = {
  readonly routing: Routing;
  readonly trackers: Trackers;
  readonly teller: Teller;
};

export class Feeds implements TrackedListener, RoutingFollower {
  readonly #env: FeedsEnv;
  #owners: (ShardUpstream | undefined)[] = [];

  constructor(env: FeedsEnv) {
    this.#env = env;
  }

  onPush(shard: ShardUpstream, connectionClass: ConnectionClass, push: Uint8Array): void {
    const told = toldBy(connectionClass);
    const scope = this.#env.trackers.scopeOf(told);
    const keys = invalidatedKeys(push, 0, push.length);
    if (scope === undefined || keys === undefined) return;
    if (keys === null) this.#flush(scope);
    else if (isBroadcast(told)) {
      const ofClients = keys.filter((key) => this.#isOfClients(shard, key));
      this.#broadcast(scope, ofClients);
    } else for (const key of keys) this.#tellReaders(scope, key);
  }

  /** A broadcast is of all keys: what changed while the connection was away is not known. */
  onReady(_shard: ShardUpstream, connectionClass: ConnectionClass): void {
    this.#flushBroadcast(connectionClass);
  }

  onLost(shard: ShardUpstream, connectionClass: ConnectionClass): void {
    const { routing, trackers, teller } = this.#env;
    this.#flushBroadcast(connectionClass);
    const keys = trackers.scopeOf(toldBy(connectionClass))?.keys;
    const { owners, shards, traits } = routing;
    // While a slot moves, its keys may be read where it is not yet, or is no more.
    const isThere = (slot: number): boolean =>
      !traits.hasOwnedKeysOnly || shards[owners[slot]!] === shard;
    if (keys !== undefined) teller.tellTaken(keys.takeSlots(isThere));
  }

  isUsed(connectionClass: ConnectionClass): boolean {
    return this.#env.trackers.scopeOf(toldBy(connectionClass)) !== undefined;
  }

  /** Slots that another shard owns now: what the former one still tells is not of their keys. */
  onApplied(): Promise<void> {
    const { owners, shards } = this.#env.routing;
    const former = this.#owners;
    this.#owners = Array.from(owners, (owner) => shards[owner]);
    const moved = new Set<number>();
    for (const [slot, owner] of former.entries())
      if (owner !== undefined && owner !== this.#owners[slot]) moved.add(slot);
    if (moved.size > 0) this.#forget(moved);
    this.#openBroadcasts();
    return Promise.resolve();
  }

  onSwept(): void {
    this.#openBroadcasts();
  }

  #forget(moved: ReadonlySet<number>): void {
    const { trackers, teller } = this.#env;
    for (const [connectionClass, scope] of trackers.scopes()) {
      if (isBroadcast(connectionClass)) this.#flushBroadcast(connectionClass);
      else teller.tellTaken(scope.keys.takeSlots((slot) => moved.has(slot)));
    }
  }

  #openBroadcasts(): void {
    const { routing, trackers } = this.#env;
    for (const connectionClass of trackers.broadcastClasses())
      for (const shard of routing.shards) shard.ready(connectionClass, this);
  }

  #flushBroadcast(connectionClass: ConnectionClass): void {
    if (!isBroadcast(connectionClass) || isReceiver(connectionClass)) return;
    const scope = this.#env.trackers.scopeOf(connectionClass);
    if (scope !== undefined) this.#flush(scope);
  }

  #flush({ trackers, keys }: Scope): void {
    keys.clear();
    const invalidation = new Invalidation(null);
    for (const tracker of trackers) {
      // FLUSHALL comes from each shard: what it did not read since then it has not kept.
      if (tracker.isFlushed || tracker.isOpening) continue;
      tracker.isFlushed = !tracker.options.isBroadcast;
      this.#env.teller.tell(tracker, invalidation);
    }
  }

  #tellReaders(scope: Scope, key: string): void {
    const readers = scope.keys.take(key);
    if (readers.size === 0) return;
    const invalidation = new Invalidation([key]);
    for (const [reader, place] of readers)
      this.#env.teller.tell(reader, invalidation, isPast(reader, place) ? 'ahead' : 'behind');
  }

  /** The platform has keys of its own, and a slot that moves is filled and emptied where it is not served. */
  #isOfClients(shard: ShardUpstream, key: string): boolean {
    const { owners, shards, traits } = this.#env.routing;
    const bytes = Buffer.from(key, 'latin1');
    if (isReserved(bytes, 0, bytes.length)) return false;
    return !traits.hasOwnedKeysOnly || shards[owners[keySlot(bytes, 0, bytes.length)]!] === shard;
  }

  /** One message for each prefix, as Redis has it. */
  #broadcast({ trackers }: Scope, keys: readonly string[]): void {
    const byPrefix = new Map<string, Invalidation | null>();
    for (const tracker of trackers) {
      for (const prefix of tracker.options.prefixes) {
        if (!byPrefix.has(prefix)) byPrefix.set(prefix, ofPrefix(keys, prefix));
        const invalidation = byPrefix.get(prefix)!;
        if (invalidation !== null) this.#env.teller.tell(tracker, invalidation);
      }
    }
  }
}

function ofPrefix(keys: readonly string[], prefix: string): Invalidation | null {
  const meant = keys.filter((key) => key.startsWith(prefix));
  return meant.length === 0 ? null : new Invalidation(meant);
}

/** The reply at that place has left. Where places begin anew, one that is very old is taken for one to come: no harm. */
function isPast({ client }: Tracker, place: number): boolean {
  return client !== null && ((client.places.head - place) | 0) > 0;
}
