/**
 * WAIT at one shard. It blocks its connection, so it has one for itself; and it waits for what was written on its own
 * connection, so an empty message goes ahead of it: that comes behind all that the client wrote, and takes a place in the
 * replication stream.
 */
import { encode, encodeCommand } from '@keyfleet/resp';
import { errors } from '../route/replies.ts';
import type { PrivateConnection, PrivateUser } from '../session/private-connection.ts';
import type { PrivatePool } from '../session/private-pool.ts';
import { PLAIN_CLASS } from '../upstream/connection-class.ts';
import { NO_SINK } from '../upstream/reply-sink.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';

const MARK = encodeCommand(['PUBLISH', '__keyfleet:wait', '']);
const FULL = encode.errorReply(
  'TRYAGAIN As many clients wait for this shard as the proxy has connections for (private-connections-max)',
);

export type WaitOrder = {
  readonly shard: ShardUpstream;
  readonly pool: PrivatePool;
  /** A whole frame. */
  readonly request: Uint8Array;
  /** The server may say nothing until then. */
  readonly silentUntilMs: number;
};

export class WaitCall implements PrivateUser {
  /** The server's, or the error that the client would have got. */
  readonly reply: Promise<Uint8Array>;
  readonly #order: WaitOrder;
  readonly #answer: (reply: Uint8Array) => void;
  #connection: PrivateConnection | null = null;

  constructor(order: WaitOrder) {
    this.#order = order;
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    this.reply = promise;
    this.#answer = resolve;
  }

  start(): void {
    const { shard, pool } = this.#order;
    const connection = pool.acquire(shard, PLAIN_CLASS, this);
    if (connection === 'full') return this.#answer(FULL);
    if (connection === 'away') return this.#answer(errors.notConnected);
    this.#connection = connection;
    if (connection.isReady) this.onReady(connection);
  }

  /** Nobody waits for it any more, or it shall not wait. */
  end(error: Uint8Array): void {
    this.#connection?.close();
    this.#connection = null;
    this.#answer(error);
  }

  onReady(connection: PrivateConnection): void {
    const { request, silentUntilMs } = this.#order;
    connection.silentUntilMs = silentUntilMs;
    connection.send(MARK, false);
    connection.send(request, false, {
      ...NO_SINK,
      onReply: (_token, bytes, start, end) => this.#finish(bytes.subarray(start, end)),
      onFailure: (_token, error) => this.#answer(error),
    });
  }

  onLost(): void {
    this.#connection = null;
    this.#answer(errors.notConnected);
  }

  /** The shard is about to get another primary: replicas of this one are no answer. */
  onDrain(): void {
    this.end(errors.holdLimit);
  }

  #finish(reply: Uint8Array): void {
    const connection = this.#connection!;
    this.#connection = null;
    this.#answer(new Uint8Array(reply));
    this.#order.pool.release(connection);
  }
}
