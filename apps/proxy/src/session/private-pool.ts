/** The private connections to all shards: a bounded number, of which a few are kept for the next who needs one. */
import { encodeCommand } from '@keyfleet/resp';
import type { ConnectionClass } from '../upstream/connection-class.ts';
import { NO_SINK } from '../upstream/reply-sink.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import { PrivateConnection, type PrivateUser } from './private-connection.ts';

const UNWATCH = encodeCommand(['UNWATCH']);
/** Kept per shard, and for how long: opening one costs a few round trips, keeping one a client of the server. */
const IDLE_MAX = 8;

export type PoolEnv = {
  readonly perShardMax: number;
  /** What a client is told for which there is none left. */
  readonly fullError: Uint8Array;
  readonly idleMs: number;
  readonly monotonicMs: () => number;
};

type Idle = { readonly connection: PrivateConnection; readonly sinceMs: number };
type Shelf = { readonly open: Set<PrivateConnection>; readonly idle: Idle[] };

/** Why there is no connection: as many are in use as may be, or the shard is away. */
export type NoConnection = 'full' | 'away';

export class PrivatePool {
  readonly #env: PoolEnv;
  readonly #shelves = new Map<ShardUpstream, Shelf>();

  constructor(env: PoolEnv) {
    this.#env = env;
  }

  get fullError(): Uint8Array {
    return this.#env.fullError;
  }

  /** Open now, to all shards. */
  get size(): number {
    let size = 0;
    for (const { open } of this.#shelves.values()) size += open.size;
    return size;
  }

  /** It may not be ready yet: `user` is told when it is. */
  acquire(
    shard: ShardUpstream,
    connectionClass: ConnectionClass,
    user: PrivateUser,
  ): PrivateConnection | NoConnection {
    const shelf = this.#shelfOf(shard);
    const at = shelf.idle.findLastIndex(
      ({ connection }) => connection.connectionClass === connectionClass,
    );
    if (at !== -1) {
      const [{ connection }] = shelf.idle.splice(at, 1) as [Idle];
      connection.user = user;
      return connection;
    }
    if (shelf.open.size >= this.#env.perShardMax && !this.#makeRoom(shelf)) return 'full';
    const opened = this.open(shard, connectionClass, user);
    if (opened === null) return 'away';
    shelf.open.add(opened);
    return opened;
  }

  /** One that does not count, and is not kept. */
  open(
    shard: ShardUpstream,
    connectionClass: ConnectionClass,
    user: PrivateUser,
  ): PrivateConnection | null {
    const { monotonicMs } = this.#env;
    const onGone = (gone: PrivateConnection): void => this.#forget(gone);
    const opened = new PrivateConnection({ shard, connectionClass, user, onGone, monotonicMs });
    return opened.open() ? opened : null;
  }

  /** Its user is done with it, nothing is pending, and the server keeps nothing for it. */
  release(connection: PrivateConnection): void {
    if (connection.isClosed) return;
    connection.user = null;
    connection.silentUntilMs = -Infinity;
    const shelf = this.#shelfOf(connection.shard);
    const isAsOpened = connection.presentClass === connection.connectionClass;
    const isOfUse = connection.isReady && isAsOpened && !connection.isSpent;
    if (!isOfUse || shelf.idle.length >= IDLE_MAX) return connection.close();
    shelf.idle.push({ connection, sinceMs: this.#env.monotonicMs() });
  }

  /** As `release`, for one that watches keys. */
  releaseWatching(connection: PrivateConnection): void {
    if (connection.isClosed) return;
    connection.user = null;
    if (!connection.isReady) return connection.close();
    const onReply = (): void => this.release(connection);
    connection.send(UNWATCH, false, { ...NO_SINK, onReply });
  }

  /** Called now and then: those that nobody needed for a while. */
  closeIdle(): void {
    const untilMs = this.#env.monotonicMs() - this.#env.idleMs;
    for (const { idle } of [...this.#shelves.values()]) {
      while (idle[0] !== undefined && idle[0].sinceMs <= untilMs) idle[0].connection.close();
    }
  }

  #shelfOf(shard: ShardUpstream): Shelf {
    const known = this.#shelves.get(shard);
    if (known !== undefined) return known;
    const shelf: Shelf = { open: new Set(), idle: [] };
    this.#shelves.set(shard, shelf);
    return shelf;
  }

  /** One of another class gives way. */
  #makeRoom(shelf: Shelf): boolean {
    shelf.idle[0]?.connection.close();
    return shelf.open.size < this.#env.perShardMax;
  }

  #forget(gone: PrivateConnection): void {
    const shelf = this.#shelfOf(gone.shard);
    shelf.open.delete(gone);
    const at = shelf.idle.findIndex(({ connection }) => connection === gone);
    if (at !== -1) shelf.idle.splice(at, 1);
    if (shelf.open.size === 0) this.#shelves.delete(gone.shard);
  }
}
