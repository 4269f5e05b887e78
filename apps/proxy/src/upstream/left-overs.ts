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
  /** How many are of each client. */
  readonly #owners = new Map<object, number>();

  get length(): number {
    return this.#items.length;
  }

  /** Of their requests. */
  get bytes(): number {
    return this.#bytes;
  }

  add(item: LeftOver): void {
    const { owner } = item.request.sink;
    this.#items.splice(this.#placeOf(item), 0, item);
    this.#bytes += item.request.bytes.length;
    this.#owners.set(owner, (this.#owners.get(owner) ?? 0) + 1);
    const behind = item.refused?.behind;
    if (behind !== undefined) behind.onOvertaken = () => this.#drop(item);
  }

  /** Something of this client waits. */
  has(owner: object): boolean {
    return this.#owners.has(owner);
  }

  /** Something of this client about this slot waits. */
  hasOf(owner: object, slot: number): boolean {
    const isOfBoth = ({ request }: LeftOver): boolean =>
      request.slot === slot && request.sink.owner === owner;
    return this.#owners.has(owner) && this.#items.some(isOfBoth);
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
    this.#owners.clear();
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
  #placeOf({ request }: LeftOver): number {
    const place = placeOf(request.sink, request.token);
    if (place === undefined || !this.hasOf(request.sink.owner, request.slot))
      return this.#items.length;
    const isNewer = ({ request: { sink, slot, token } }: LeftOver): boolean => {
      const other = placeOf(sink, token);
      const isOfBoth = slot === request.slot && sink.owner === request.sink.owner;
      return isOfBoth && other !== undefined && ((other - place) | 0) > 0;
    };
    const at = this.#items.findIndex(isNewer);
    return at === -1 ? this.#items.length : at;
  }

  #forget({ request }: LeftOver): void {
    const { owner } = request.sink;
    this.#bytes -= request.bytes.length;
    const left = this.#owners.get(owner)! - 1;
    if (left === 0) this.#owners.delete(owner);
    else this.#owners.set(owner, left);
  }
}

function isReady({ refused }: LeftOver, nowMs: number): boolean {
  return refused === undefined || (refused.notBeforeMs <= nowMs && refused.behind.left === 0);
}

function fail({ request, refused }: LeftOver): void {
  const usual = request.isRetry ? errors.readLost : errors.notSent;
  request.sink.onFailure(request.token, refused?.error ?? usual);
}
