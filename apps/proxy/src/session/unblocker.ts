/**
 * Ends blocked commands by CLIENT UNBLOCK, over one connection per shard that is for nothing else: so no gate is in its
 * way, and it costs a shard one connection however many are blocked.
 */
import { encodeCommand } from '@keyfleet/resp';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import { NO_SINK } from '../upstream/reply-sink.ts';
import { PLAIN_CLASS } from '../upstream/connection-class.ts';
import type { PrivateConnection, PrivateUser } from './private-connection.ts';
import type { PrivatePool } from './private-pool.ts';

export type UnblockReason = 'TIMEOUT' | 'ERROR';

export type Unblocking = {
  /** It is blocked, or about to be: a server that says it is not has not got its command yet. */
  readonly isBlocked: () => boolean;
  /** By which the server knows its connection; null: not yet. */
  readonly serverClientId: () => number | null;
  readonly reason: UnblockReason;
};

const ONE = 0x31;

export class Unblocker {
  readonly #pool: PrivatePool;
  readonly #controls = new Map<ShardUpstream, Control>();

  constructor(pool: PrivatePool) {
    this.#pool = pool;
  }

  /** Tries until it is done, one round trip after the other, or its shard is gone. */
  unblock(shard: ShardUpstream, unblocking: Unblocking): void {
    const control = this.#controls.get(shard) ?? this.#open(shard);
    control?.unblock(unblocking);
  }

  #open(shard: ShardUpstream): Control | null {
    const control = new Control(() => this.#controls.delete(shard));
    const connection = this.#pool.open(shard, PLAIN_CLASS, control);
    if (connection === null) return null;
    this.#controls.set(shard, control);
    return control;
  }
}

class Control implements PrivateUser {
  readonly #onGone: () => void;
  #connection: PrivateConnection | null = null;
  #waiting: Unblocking[] = [];

  constructor(onGone: () => void) {
    this.#onGone = onGone;
  }

  unblock(unblocking: Unblocking): void {
    if (this.#connection === null) this.#waiting.push(unblocking);
    else this.#send(this.#connection, unblocking);
  }

  onReady(connection: PrivateConnection): void {
    this.#connection = connection;
    for (const unblocking of this.#waiting.splice(0)) this.#send(connection, unblocking);
  }

  /** What it should have ended is lost with the server, or waits for the next try. */
  onLost(): void {
    this.#connection = null;
    this.#onGone();
  }

  onDrain(): void {
    // What is pending is answered at once.
  }

  #send(connection: PrivateConnection, unblocking: Unblocking): void {
    const { isBlocked, serverClientId, reason } = unblocking;
    if (!isBlocked() || connection.isClosed) return;
    const id = serverClientId();
    // Without its id: any answer will do, to ask again behind it.
    const command = id === null ? ['PING'] : ['CLIENT', 'UNBLOCK', String(id), reason];
    connection.send(encodeCommand(command), false, {
      ...NO_SINK,
      onReply: (_token, bytes, start) => {
        if (id === null || bytes[start + 1] !== ONE) this.#send(connection, unblocking);
      },
    });
  }
}
