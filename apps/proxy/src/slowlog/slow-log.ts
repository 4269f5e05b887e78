/**
 * The requests that took their clients long, whatever it was that took long: a hold, the network, the server, the proxy.
 * Counted is from when a request was taken up to when its reply was there. What a reply then waits for because of
 * earlier ones of its own client is not: those are here.
 *
 * Times are read once per turn of the event loop (turn.ts) and once per read of a socket: what is shorter than a turn is
 * not told apart. While the proxy is busy it reads no replies; that looks as if the servers took as long.
 */
import { findCommand } from '@keyfleet/commands';
import type { RequestFramer } from '@keyfleet/resp';
import type { Counters } from '../admin/counters.ts';
import { Client } from '../downstream/client.ts';
import { isReserved } from '../route/reserved-key.ts';
import { Burst } from '../session/burst.ts';
import { requestOf } from '../session/request-of.ts';
import type { SlowListener, SlowRequest } from '../upstream/slow-request.ts';
import { SLOW_LOG_LENGTH_MAX } from './length-max.ts';
import { toMicroseconds } from '../turn.ts';
import { shownArguments } from './shown-arguments.ts';

export type SlowEntry = {
  /** Grows by 1; it begins anew with the process. */
  readonly id: number;
  readonly atSeconds: number;
  readonly durationUs: number;
  readonly arguments: readonly Uint8Array[];
  readonly address: string;
  readonly clientName: string;
  /** The server; null: it went to none. */
  readonly node: string | null;
  /** Of the duration: before it was written to the server, until the reply was read, and then. */
  readonly queuedUs: number;
  readonly remoteUs: number;
  readonly proxyUs: number;
};

export type SlowLogEnv = {
  readonly slowlogLogSlowerThan: number;
  readonly slowlogMaxLen: number;
  readonly monotonicMs: () => number;
  readonly wallMs: () => number;
  readonly counters: Counters;
};

type Times = Pick<SlowRequest, 'sinceUs' | 'sentUs' | 'readUs'>;
type Taken = Times & { readonly client: Client; readonly node: string | null };

export class SlowLog implements SlowListener {
  thresholdUs: number;
  #lengthMax: number;
  readonly #env: SlowLogEnv;
  /** The newest is last. */
  #entries: SlowEntry[] = [];
  #nextId = 0;
  /** When the last one was answered, and how many of that second are here. */
  #second = -1;
  #ofSecond = 0;

  constructor(env: SlowLogEnv) {
    this.#env = env;
    this.thresholdUs = thresholdOf(env.slowlogLogSlowerThan);
    this.#lengthMax = env.slowlogMaxLen;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** As the setting of this name: microseconds; less than 0 is never. */
  setSlowerThan(us: number): void {
    this.thresholdUs = thresholdOf(us);
  }

  /** A server may have been told to keep more than is good for a proxy. */
  setMaxLen(wanted: number): void {
    const length = Math.min(wanted, SLOW_LOG_LENGTH_MAX);
    this.#lengthMax = length;
    this.#entries = length === 0 ? [] : this.#entries.slice(-length);
  }

  newest(count: number): SlowEntry[] {
    return this.#entries.toReversed().slice(0, count);
  }

  reset(): true {
    this.#entries = [];
    this.#ofSecond = 0;
    return true;
  }

  onSlow({ sink, bytes, start, end, ...taken }: SlowRequest): void {
    if (!(sink.owner instanceof Client)) return;
    const request = requestOf(bytes.subarray(start, end));
    const command = findCommand(request);
    // It waits because it wants to.
    const isBlocking = command?.isBlocking === true && !(sink instanceof Client);
    // What goes before EXEC is answered with it; what is asked about keys of ours is not the client's.
    const isPartOfExec = sink instanceof Burst && command?.name !== 'exec';
    if (isBlocking || isPartOfExec || isAboutUs(request)) return;
    this.#add(request, { ...taken, client: sink.owner });
  }

  /** The client's current request waited for its shard, and is answered with an error. */
  onUnserved(client: Client, sinceUs: number): void {
    const nowUs = toMicroseconds(this.#env.monotonicMs());
    if (((nowUs - sinceUs) | 0) < this.thresholdUs || !this.hasRoom(nowUs)) return;
    this.#add(client.request, { client, node: null, sinceUs, sentUs: nowUs, readUs: nowUs });
  }

  /**
   * After a stall, and under a load that keeps all waiting, thousands are slow: of one second no more are looked at than are
   * kept, the rest is counted. (MGET of 1000 keys from 50 clients, all of them slow: each one shown cost 39 % more CPU.)
   */
  hasRoom(nowUs: number): boolean {
    const second = Math.floor(nowUs / 1e6);
    if (second !== this.#second) this.#ofSecond = 0;
    this.#second = second;
    if (this.#ofSecond < this.#lengthMax) return true;
    this.#env.counters.slowRequests++;
    return false;
  }

  #add(request: RequestFramer, { client, node, sinceUs, sentUs, readUs }: Taken): void {
    const { counters, monotonicMs, wallMs } = this.#env;
    counters.slowRequests++;
    this.#ofSecond++;
    const passedUs = toMicroseconds(monotonicMs());
    this.#entries.push({
      id: this.#nextId++,
      atSeconds: Math.floor(wallMs() / 1000),
      durationUs: (passedUs - sinceUs) | 0,
      arguments: shownArguments(request, findCommand(request)?.name),
      address: client.connection.remoteAddress,
      clientName: client.facts.name,
      node,
      queuedUs: (sentUs - sinceUs) | 0,
      remoteUs: (readUs - sentUs) | 0,
      proxyUs: (passedUs - readUs) | 0,
    });
    if (this.#entries.length > this.#lengthMax) this.#entries.shift();
  }
}

/** More than any time that can be told from another. */
const NEVER_US = 2 ** 31;

function thresholdOf(us: number): number {
  return us < 0 ? NEVER_US : Math.min(us, NEVER_US);
}

function isAboutUs({ bytes, offsets, count }: RequestFramer): boolean {
  return count > 1 && isReserved(bytes, offsets[2]!, offsets[3]!);
}
