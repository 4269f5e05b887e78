/**
 * Connections to a server that was a shard's primary and is not any more: nothing is sent on them, but what they owe is
 * waited for, because that server says of each request that it did it, or that it does not do it.
 */
import type { UpstreamConnection } from './upstream-connection.ts';

/** A server that is gone says nothing. */
const LEAVE_MS = 1000;

export class LeavingConnections {
  /** With the time until which they are waited for. */
  readonly #untilMs = new Map<UpstreamConnection, number>();

  add(connection: UpstreamConnection, nowMs: number): void {
    this.#untilMs.set(connection, nowMs + LEAVE_MS);
  }

  has(connection: UpstreamConnection): boolean {
    return this.#untilMs.has(connection);
  }

  all(): UpstreamConnection[] {
    return [...this.#untilMs.keys()];
  }

  /** True: it was one of them. */
  delete(connection: UpstreamConnection): boolean {
    return this.#untilMs.delete(connection);
  }

  /** Nothing that they still bring is passed on. */
  retireAll(because: string): void {
    for (const connection of this.all()) connection.retire(because, false);
  }

  sweep(nowMs: number): void {
    for (const [connection, untilMs] of [...this.#untilMs]) {
      if (connection.pendingCount === 0) {
        this.#untilMs.delete(connection);
        connection.closeIdle();
      } else if (nowMs >= untilMs) connection.retire('the shard has another primary', true);
    }
  }
}
