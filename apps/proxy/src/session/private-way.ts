/**
 * The way of one command to a private connection: through the gate of its slot, parked where a client would be parked, to
 * a connection that is ready. Whoever owns the slot by then is asked.
 */
import type { Parkable } from '../route/parking.ts';
import { errors } from '../route/replies.ts';
import type { Routing } from '../route/routing.ts';
import { untracked, type ConnectionClass } from '../upstream/connection-class.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import type { PrivateConnection, PrivateUser } from './private-connection.ts';
import type { PrivatePool } from './private-pool.ts';

export type WayEnv = {
  readonly routing: Routing;
  readonly pool: PrivatePool;
  readonly monotonicMs: () => number;
  /** Those that nothing wakes: they are to try again, now and then. */
  readonly retrying: Set<PrivateWay>;
};

/** How long it waits after a connection that could not be made. */
const BACKOFF_MS = { min: 50, max: 1000 };

export type WayOrder = {
  readonly slot: number;
  /** Not the owner of the slot, but where it is about to go. */
  readonly at?: ShardUpstream | null;
  readonly isWrite: boolean;
  readonly connectionClass: ConnectionClass;
  /** What waits, for the bounds of waiting; and until when at most. */
  readonly bytes: number;
  readonly untilMs: number;
  /** Once, one of these. The connection is the caller's then, its user to be set. */
  readonly onThere: (connection: PrivateConnection) => void;
  readonly onRefused: (error: Uint8Array) => void;
};

export class PrivateWay implements Parkable, PrivateUser {
  parkDeadlineMs: number | null = null;
  readonly #order: WayOrder;
  readonly #env: WayEnv;
  #parkedAt: ShardUpstream | null = null;
  #connection: PrivateConnection | null = null;
  #backoffMs = BACKOFF_MS.min;
  #retryAtMs = 0;

  constructor(order: WayOrder, env: WayEnv) {
    this.#order = order;
    this.#env = env;
  }

  get parkedBytes(): number {
    return this.#order.bytes;
  }

  start(): void {
    const { routing, pool, monotonicMs } = this.#env;
    const { slot, isWrite, connectionClass, onRefused } = this.#order;
    if (routing.closedError !== null) return onRefused(routing.closedError);
    const shard = this.#shard();
    if (shard === undefined) return onRefused(errors.slotNotServed);
    if (!routing.mayPass(slot, isWrite)) return this.#park(shard, errors.holdLimit);
    if (shard.busyError !== null) return onRefused(shard.busyError);
    // What is read there is not tracked: pushes find their clients by connections that clients share.
    const connection = pool.acquire(shard, untracked(connectionClass), this);
    if (connection === 'full') return onRefused(pool.fullError);
    if (connection === 'away') {
      const down = shard.downError(monotonicMs());
      return down === null ? this.#park(shard, errors.notConnected) : onRefused(down);
    }
    this.#connection = connection;
    if (connection.isReady) this.onReady(connection);
  }

  #shard(): ShardUpstream | undefined {
    const { slot, at = null } = this.#order;
    const { shards, owners } = this.#env.routing;
    return at !== null && shards.includes(at) ? at : shards[owners[slot]!];
  }

  /** Nobody waits for it any more. */
  cancel(): void {
    this.#parkedAt?.parking.leave(this);
    this.#noteUnparked();
    this.#connection?.close();
  }

  unpark(): void {
    this.#noteUnparked();
    this.start();
  }

  failParked(error: Uint8Array): void {
    this.#noteUnparked();
    this.#order.onRefused(error);
  }

  /** While it is one of `retrying`. */
  retry(nowMs: number): void {
    if (nowMs < this.#retryAtMs) return;
    this.#parkedAt!.parking.leave(this);
    this.unpark();
  }

  onReady(connection: PrivateConnection): void {
    const { routing, pool } = this.#env;
    const { slot, isWrite, onThere } = this.#order;
    this.#connection = null;
    if (this.#shard() === connection.shard && routing.mayPass(slot, isWrite))
      return onThere(connection);
    // While it was made, a hold or a move came between.
    pool.release(connection);
    this.start();
  }

  onBusy(error: Uint8Array): void {
    const connection = this.#connection;
    this.#connection = null;
    connection?.close();
    this.#order.onRefused(error);
  }

  /** It could not be made: the next who reaches the shard wakes all that wait for it, or it tries again. */
  onLost(): void {
    const { shard } = this.#connection!;
    this.#connection = null;
    this.#park(shard, errors.notConnected);
  }

  onDrain(): void {
    // Nothing is pending.
  }

  #park(shard: ShardUpstream, error: Uint8Array): void {
    const { monotonicMs, routing } = this.#env;
    const { untilMs, onRefused, connectionClass } = this.#order;
    if (routing.closedError !== null) return onRefused(routing.closedError);
    // Asks for a connection that all share: when that is ready, so is the shard.
    const isShardReady = shard.ready(connectionClass, this) !== null;
    const { parking } = shard;
    if (!parking.park(this, monotonicMs(), error)) return onRefused(errors.holdLimit);
    this.parkDeadlineMs = Math.min(this.parkDeadlineMs!, untilMs);
    this.#parkedAt = shard;
    // A shard that is ready already wakes nobody.
    if (isShardReady && error === errors.notConnected) this.#retryLater();
  }

  #retryLater(): void {
    this.#retryAtMs = this.#env.monotonicMs() + this.#backoffMs;
    this.#backoffMs = Math.min(2 * this.#backoffMs, BACKOFF_MS.max);
    this.#env.retrying.add(this);
  }

  #noteUnparked(): void {
    this.#parkedAt = null;
    this.#env.retrying.delete(this);
  }
}
