/**
 * Requests that a lost connection left over and that may go to another one. They go before anything newer of the same
 * client, and wait a bounded time; other clients do not wait behind them.
 */
import { errors } from '../route/replies.ts';
import type { Outgoing } from './reply-sink.ts';
import type { ConnectionClass } from './connection-class.ts';

export type LeftOver = {
  readonly request: Outgoing;
  readonly connectionClass: ConnectionClass;
  readonly deadlineMs: number;
};

export class LeftOvers {
  #items: LeftOver[] = [];

  get length(): number {
    return this.#items.length;
  }

  add(item: LeftOver): void {
    this.#items.push(item);
  }

  /** Something of this client waits. */
  has(owner: object): boolean {
    return this.#items.some(({ request }) => request.sink.owner === owner);
  }

  /** Classes of connection that would be of use. */
  classes(): ConnectionClass[] {
    return this.#items.map((item) => item.connectionClass);
  }

  /** Offers each to `send`, in order; what it refuses stays, and with it all that is newer of the same client. */
  sendAll(send: (item: LeftOver) => boolean): void {
    const waitingOwners = new Set<object>();
    this.#items = this.#items.filter((item) => {
      const { owner } = item.request.sink;
      const isSent = !waitingOwners.has(owner) && send(item);
      if (!isSent) waitingOwners.add(owner);
      return !isSent;
    });
  }

  takeAll(): LeftOver[] {
    return this.#items.splice(0);
  }

  /** Answers those whose time is over, which `tell` hears of before; true if there were any. */
  expire(nowMs: number, tell: (request: Outgoing) => void): boolean {
    const expired = this.#items.filter((item) => item.deadlineMs <= nowMs);
    if (expired.length === 0) return false;
    this.#items = this.#items.filter((item) => item.deadlineMs > nowMs);
    for (const { request } of expired) {
      tell(request);
      request.sink.onFailure(request.token, request.isRetry ? errors.readLost : errors.notSent);
    }
    return true;
  }
}
