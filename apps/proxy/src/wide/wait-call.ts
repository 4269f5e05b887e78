/**
 * WAIT at one shard. It blocks its connection, so it has one for itself; and it waits for what was written on its own
 * connection, so something that is written goes ahead of it.
 */
import { errors } from '../route/replies.ts';
import type { PrivateConnection, PrivateUser } from '../session/private-connection.ts';
import type { PrivatePool } from '../session/private-pool.ts';
import type { Unblocker, UnblockReason } from '../session/unblocker.ts';
import { PLAIN_CLASS } from '../upstream/connection-class.ts';
import { NO_SINK } from '../upstream/reply-sink.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';

const MINUS = 0x2d;

export type WaitOrder = {
  readonly shard: ShardUpstream;
  readonly pool: PrivatePool;
  readonly unblocker: Unblocker;
  /** Goes ahead of it (wait-mark.ts). */
  readonly mark: readonly Uint8Array[];
  /** A whole frame. */
  readonly request: Uint8Array;
  /** The server may say nothing until then. */
  readonly silentUntilMs: number;
  /** There will be no answer of the server. */
  readonly onFailed: () => void;
};

export class WaitCall implements PrivateUser {
  /** The server's, or the error that the client would have got. */
  readonly reply: Promise<Uint8Array>;
  readonly #order: WaitOrder;
  readonly #answer: (reply: Uint8Array) => void;
  #connection: PrivateConnection | null = null;
  #isEnded = false;

  constructor(order: WaitOrder) {
    this.#order = order;
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    this.reply = promise;
    this.#answer = resolve;
  }

  start(): void {
    if (this.#isEnded) return;
    const { shard, pool } = this.#order;
    const connection = pool.acquire(shard, PLAIN_CLASS, this);
    if (connection === 'full') return this.#fail(pool.fullError);
    if (connection === 'away') return this.#fail(errors.notConnected);
    this.#connection = connection;
    if (connection.isReady) this.onReady(connection);
  }

  /** Nobody waits for it any more, or it shall not wait. */
  end(reply: Uint8Array): void {
    this.#isEnded = true;
    this.#connection?.close();
    this.#connection = null;
    this.#answer(reply);
  }

  /** Its server ends it, and says what it then says. */
  unblock(reason: UnblockReason): void {
    const connection = this.#connection;
    if (connection === null || connection.isAnonymous) return;
    const isBlocked = (): boolean => this.#connection === connection;
    this.#order.unblocker.unblock({ connection, isBlocked, reason });
  }

  onReady(connection: PrivateConnection): void {
    const { request, mark, silentUntilMs } = this.#order;
    connection.silentUntilMs = silentUntilMs;
    let isMarked = true;
    for (const frame of mark)
      connection.send(frame, false, {
        ...NO_SINK,
        onReply: (_token, bytes, start) => (isMarked &&= bytes[start] !== MINUS),
      });
    connection.send(request, false, {
      ...NO_SINK,
      // Without it the server waits for nothing.
      onReply: (_token, bytes, start, end) =>
        this.#finish(isMarked ? bytes.subarray(start, end) : errors.holdLimit),
      onFailure: (_token, error) => this.#fail(error),
    });
  }

  onLost(): void {
    this.#connection = null;
    this.#fail(errors.notConnected);
  }

  /** The shard is about to get another primary: replicas of this one are no answer. */
  onDrain(): void {
    this.end(errors.holdLimit);
    this.#order.onFailed();
  }

  #fail(error: Uint8Array): void {
    this.#answer(error);
    this.#order.onFailed();
  }

  #finish(reply: Uint8Array): void {
    const connection = this.#connection!;
    this.#connection = null;
    this.#answer(new Uint8Array(reply));
    this.#order.pool.release(connection);
  }
}
