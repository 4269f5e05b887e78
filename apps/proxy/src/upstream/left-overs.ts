/**
 * Requests that a lost connection left over and that may go to another one, and those that a server refused and that may
 * go to another, or later. They go before anything newer of the same client, and wait a bounded time; other clients do not
 * wait behind them.
 */
import { errors } from '../route/replies.ts';
import type { Behind } from './behind.ts';
import { placeOf, type Outgoing } from './reply-sink.ts';
import type { ConnectionClass } from './connection-class.ts';

export type LeftOver = {
  readonly request: Outgoing;
  readonly connectionClass: ConnectionClass;
  readonly deadlineMs: number;
  readonly refused?: RefusedBefore;
};

/** How a server refused it. */
export type RefusedBefore = {
  /** What its client is told if nothing else comes of it. */
  readonly error: Uint8Array;
  readonly notBeforeMs: number;
  /** It goes to a node that does not own its slot yet. */
  readonly asks: boolean;
  readonly behind: Behind;
};

export class LeftOvers {
  #items: LeftOver[] = [];
  #bytes = 0;
  /** Those of each client, in their order: there are many clients when a server refuses all. */
  readonly #byOwner = new Map<object, LeftOver[]>();

  get length(): number {
    return this.#items.length;
  }

  /** Of their requests. */
  get bytes(): number {
    return this.#bytes;
  }

  add(item: LeftOver): void {
    this.#place(item);
    this.#bytes += item.request.bytes.length;
    const behind = item.refused?.behind;
    if (behind !== undefined) behind.onOvertaken = () => this.#drop(item);
  }

  /** Something of this client waits. */
  has(owner: object): boolean {
    return this.#byOwner.has(owner);
  }

  /** Something of this client about this slot waits. */
  hasOf(owner: object, slot: number): boolean {
    return this.#byOwner.get(owner)?.some(({ request }) => request.slot === slot) === true;
  }

  /** Classes of connection that would be of use. */
  classes(): ConnectionClass[] {
    return this.#items.map((item) => item.connectionClass);
  }

  /** Something of it waited for its time, which has come. */
  isDue(nowMs: number): boolean {
    return this.#items.some(({ refused }) => refused !== undefined && refused.notBeforeMs <= nowMs);
  }

  /** Offers each to `send`, in order; what it refuses stays, and with it all that is newer of the same client. */
  sendAll(nowMs: number, send: (item: LeftOver) => boolean): void {
    const waitingOwners = new Set<object>();
    this.#items = this.#items.filter((item) => {
      const { owner } = item.request.sink;
      const isSent = !waitingOwners.has(owner) && isReady(item, nowMs) && send(item);
      if (isSent) this.#forget(item);
      else waitingOwners.add(owner);
      return !isSent;
    });
  }

  takeAll(): LeftOver[] {
    this.#bytes = 0;
    this.#byOwner.clear();
    return this.#items.splice(0);
  }

  takeOf(slot: number): LeftOver[] {
    const taken = this.#items.filter(({ request }) => request.slot === slot);
    this.#items = this.#items.filter(({ request }) => request.slot !== slot);
    for (const item of taken) this.#forget(item);
    return taken;
  }

  /** Answers those whose time is over, which `tell` hears of before; true if there were any. */
  expire(nowMs: number, tell: (request: Outgoing) => void): boolean {
    const expired = this.#items.filter((item) => item.deadlineMs <= nowMs);
    if (expired.length === 0) return false;
    this.#items = this.#items.filter((item) => item.deadlineMs > nowMs);
    for (const item of expired) {
      this.#forget(item);
      tell(item.request);
      fail(item);
    }
    return true;
  }

  /** What its client sent behind it was done before it. */
  #drop(item: LeftOver): void {
    const at = this.#items.indexOf(item);
    if (at === -1) return;
    this.#items.splice(at, 1);
    this.#forget(item);
    fail(item);
  }

  /** Behind all; but what comes back is before what its client asked of the same slot after it, and waits since. */
  #place(item: LeftOver): void {
    const { owner } = item.request.sink;
    const own = this.#byOwner.get(owner) ?? [];
    this.#byOwner.set(owner, own);
    const at = own.findIndex((other) => isBehind(other, item));
    if (at === -1) {
      own.push(item);
      this.#items.push(item);
      return;
    }
    this.#items.splice(this.#items.indexOf(own[at]!), 0, item);
    own.splice(at, 0, item);
  }

  #forget(item: LeftOver): void {
    const { sink, bytes } = item.request;
    this.#bytes -= bytes.length;
    const own = this.#byOwner.get(sink.owner)!;
    own.splice(own.indexOf(item), 1);
    if (own.length === 0) this.#byOwner.delete(sink.owner);
  }
}

/** Of one client: `other` is newer than `item`, and about the same slot. */
function isBehind({ request: other }: LeftOver, { request }: LeftOver): boolean {
  if (other.slot !== request.slot) return false;
  const place = placeOf(request.sink, request.token);
  const otherPlace = placeOf(other.sink, other.token);
  return place !== undefined && otherPlace !== undefined && ((otherPlace - place) | 0) > 0;
}

function isReady({ refused }: LeftOver, nowMs: number): boolean {
  return refused === undefined || (refused.notBeforeMs <= nowMs && refused.behind.left === 0);
}

function fail({ request, refused }: LeftOver): void {
  const usual = request.isRetry ? errors.readLost : errors.notSent;
  request.sink.onFailure(request.token, refused?.error ?? usual);
}
