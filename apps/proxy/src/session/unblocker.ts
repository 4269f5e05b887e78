/**
 * Ends blocked commands by CLIENT UNBLOCK, over one connection per shard that is for nothing else: so no gate is in its
 * way, and it costs a shard one connection however many are blocked.
 */
import { encodeCommand } from '@keyfleet/resp';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import { isBusyError } from '../upstream/busy-error.ts';
import { isDenial } from '../wide/failure.ts';
import { NO_SINK } from '../upstream/reply-sink.ts';
import { PLAIN_CLASS } from '../upstream/connection-class.ts';
import type { PrivateConnection, PrivateUser } from './private-connection.ts';
import type { PrivatePool } from './private-pool.ts';

export type UnblockReason = 'TIMEOUT' | 'ERROR';

export type Unblocking = {
  readonly connection: PrivateConnection;
  /** It is blocked, or about to be: a server that says it is not has not got its command yet. */
  readonly isBlocked: () => boolean;
  readonly reason: UnblockReason;
  /** Its server does not let us, and says so however often it is asked. */
  readonly onDenied?: () => void;
};

const ONE = 0x31;

export class Unblocker {
  readonly #pool: PrivatePool;
  readonly #controls = new Map<ShardUpstream, Control>();
  /** What there was no connection for, or no answer to. */
  #left: Unblocking[] = [];

  constructor(pool: PrivatePool) {
    this.#pool = pool;
  }

  /** Tries until it is blocked no more: one round trip after the other, and from sweep to sweep while it cannot. */
  unblock(unblocking: Unblocking): void {
    const { connection } = unblocking;
    connection.isSpent = true;
    const control = this.#controls.get(connection.shard) ?? this.#open(connection.shard);
    if (control === null) this.#left.push(unblocking);
    else control.unblock(unblocking);
  }

  /** Called now and then. */
  sweep(): void {
    const left = this.#left;
    this.#left = [];
    for (const unblocking of left) if (unblocking.isBlocked()) this.unblock(unblocking);
  }

  #open(shard: ShardUpstream): Control | null {
    const control = new Control({
      onGone: () => this.#controls.delete(shard),
      onLeft: (unblocking) => this.#left.push(unblocking),
    });
    const connection = this.#pool.open(shard, PLAIN_CLASS, control);
    if (connection === null) return null;
    this.#controls.set(shard, control);
    return control;
  }
}

type ControlEnv = {
  readonly onGone: () => void;
  /** It was not done, as far as we know. */
  readonly onLeft: (unblocking: Unblocking) => void;
};

class Control implements PrivateUser {
  readonly #env: ControlEnv;
  #connection: PrivateConnection | null = null;
  #waiting: Unblocking[] = [];

  constructor(env: ControlEnv) {
    this.#env = env;
  }

  unblock(unblocking: Unblocking): void {
    if (this.#connection === null) this.#waiting.push(unblocking);
    else this.#send(this.#connection, unblocking);
  }

  onReady(connection: PrivateConnection): void {
    this.#connection = connection;
    for (const unblocking of this.#waiting.splice(0)) this.#send(connection, unblocking);
  }

  onLost(): void {
    this.#connection = null;
    this.#env.onGone();
    for (const unblocking of this.#waiting.splice(0)) this.#env.onLeft(unblocking);
  }

  onDrain(): void {
    // What is pending is answered at once.
  }

  #send(connection: PrivateConnection, unblocking: Unblocking): void {
    const { isBlocked, connection: blocked, reason } = unblocking;
    if (!isBlocked()) return;
    const id = blocked.serverClientId;
    // Without its id: any answer will do, to ask again behind it.
    const command = id === null ? ['PING'] : ['CLIENT', 'UNBLOCK', String(id), reason];
    connection.send(encodeCommand(command), false, {
      ...NO_SINK,
      onReply: (_token, bytes, start, end) => {
        // At once it would be busy again.
        if (isBusyError(bytes, start)) this.#env.onLeft(unblocking);
        else if (isDenial(bytes.subarray(start, end))) this.#onDenied(unblocking);
        else if (id === null || bytes[start + 1] !== ONE) this.#send(connection, unblocking);
      },
      onFailure: () => this.#env.onLeft(unblocking),
    });
  }

  #onDenied({ connection, isBlocked, onDenied }: Unblocking): void {
    connection.isAnonymous = true;
    if (isBlocked()) onDenied?.();
  }
}
