/**
 * The requests of one upstream connection in the order of their replies: a ring of parallel arrays, so that a request
 * costs no object.
 *
 *        head            sent                 tail        (counters that only grow; index = counter & mask)
 *   -----[ sent, unanswered ][ queued, not sent ]-----
 */
import { invariant } from '@keyfleet/runtime';
import type { RequestLog, Segment } from './request-log.ts';
import { GIVEN_UP, SEVERAL_SLOTS, type Outgoing, type ReplySink } from './reply-sink.ts';
import type { SlowRequest } from './slow-request.ts';

const CAPACITY_MIN = 64;
const IS_WRITE = 1;
const IS_RETRY = 2;
/** What is above it is the number of redirects: up to 63. */
const REDIRECT = 4;

export class PendingRing {
  head = 0;
  sent = 0;
  tail = 0;
  /** Request bytes between head and tail. */
  bytes = 0;

  /** What was sent before it was answered or given up. */
  #keptFrom = 0;
  #mask = CAPACITY_MIN - 1;
  #sinks = new Array<ReplySink | null>(CAPACITY_MIN).fill(null);
  #segments = new Array<Segment | null>(CAPACITY_MIN).fill(null);
  #tokens = new Int32Array(CAPACITY_MIN);
  #starts = new Int32Array(CAPACITY_MIN);
  #ends = new Int32Array(CAPACITY_MIN);
  #slots = new Int16Array(CAPACITY_MIN);
  #flags = new Uint8Array(CAPACITY_MIN);
  #sinceUs = new Int32Array(CAPACITY_MIN);
  #sentUs = new Int32Array(CAPACITY_MIN);

  get length(): number {
    return this.tail - this.head;
  }

  /** `segment` holds the request's copy as its last bytes; `sinceUs`: when it was taken up. */
  push(request: Outgoing, segment: Segment, sinceUs: number): void {
    if (this.tail - this.head > this.#mask) this.#grow();
    const at = this.tail++ & this.#mask;
    this.#sinks[at] = request.sink;
    this.#segments[at] = segment;
    this.#tokens[at] = request.token;
    this.#ends[at] = segment.used;
    this.#starts[at] = segment.used - (request.end - request.start);
    this.#slots[at] = request.slot;
    this.#flags[at] =
      (request.isWrite ? IS_WRITE : 0) |
      (request.isRetry ? IS_RETRY : 0) |
      (request.redirects * REDIRECT);
    this.#sinceUs[at] = sinceUs;
    this.bytes += request.end - request.start;
  }

  /** All that is queued was written just now. */
  markSent(nowUs: number): void {
    const { tail } = this;
    const sentUs = this.#sentUs;
    const mask = this.#mask;
    for (let at = this.sent; at < tail; at++) sentUs[at & mask] = nowUs;
    this.sent = tail;
  }

  headSinceUs(): number {
    return this.#sinceUs[this.head & this.#mask]!;
  }

  headSink(): ReplySink {
    return this.#sinks[this.head & this.#mask]!;
  }

  headToken(): number {
    return this.#tokens[this.head & this.#mask]!;
  }

  headSlot(): number {
    return this.#slots[this.head & this.#mask]!;
  }

  /** Gives what is about the same slot for the same client as `request`, and may not change places with it, another sink. */
  resink(
    { sink: { owner }, slot, isWrite }: Outgoing,
    sinkFor: (sink: ReplySink) => ReplySink,
  ): void {
    for (let n = this.head; n < this.tail; n++) {
      const at = n & this.#mask;
      const present = this.#slots[at]!;
      if (present !== slot && present !== SEVERAL_SLOTS) continue;
      const sink = this.#sinks[at]!;
      if (sink.owner !== owner) continue;
      if (present !== slot && sink.slotOf?.(this.#tokens[at]!) !== slot) continue;
      if (isWrite || (this.#flags[at]! & IS_WRITE) !== 0) this.#sinks[at] = sinkFor(sink);
    }
  }

  /** Takes the head off; its segment is the caller's to release. */
  shift(): Segment {
    invariant(this.head < this.tail, 'shift of an empty ring');
    const at = this.head++ & this.#mask;
    const segment = this.#segments[at]!;
    this.bytes -= this.#ends[at]! - this.#starts[at]!;
    this.#sinks[at] = null;
    this.#segments[at] = null;
    if (this.sent < this.head) this.sent = this.head;
    return segment;
  }

  /** The head, whose reply was read, or given up, at `readUs`. Only until it is shifted. */
  slowHead(node: string, readUs: number): SlowRequest {
    const at = this.head & this.#mask;
    return {
      node,
      readUs,
      sink: this.#sinks[at]!,
      token: this.#tokens[at]!,
      bytes: this.#segments[at]!.bytes,
      start: this.#starts[at]!,
      end: this.#ends[at]!,
      sinceUs: this.#sinceUs[at]!,
      sentUs: this.head < this.sent ? this.#sentUs[at]! : readUs,
    };
  }

  /** Takes the head off as a request of its own. */
  takeHead(log: Pick<RequestLog, 'release'>): Outgoing {
    const request = this.copyHead();
    log.release(this.shift());
    return request;
  }

  /** The head as a request of its own, to be sent elsewhere. */
  copyHead(): Outgoing {
    const lent = this.#lentAt(this.head & this.#mask);
    const bytes = Buffer.from(lent.bytes.subarray(lent.start, lent.end));
    return { ...lent, bytes, start: 0, end: bytes.length };
  }

  /** All that were not given up, in their order; of which the first `sentCount` were sent. */
  takeAll(): { requests: Outgoing[]; sentCount: number } {
    const requests: Outgoing[] = [];
    let sentCount = 0;
    while (this.length > 0) {
      if (this.headSink() !== GIVEN_UP) {
        if (this.head < this.sent) sentCount++;
        requests.push(this.copyHead());
      }
      this.shift();
    }
    return { requests, sentCount };
  }

  /**
   * The oldest from `first` on that was sent `us` ago or longer, and is not given up yet; null: there is none. It keeps its
   * place, and its memory, which is lent; but it is nobody's.
   */
  giveUp(first: number, nowUs: number, us: number): Outgoing | null {
    const n = Math.max(first, this.#keptFrom);
    const at = n & this.#mask;
    if (n >= this.sent || ((nowUs - this.#sentUs[at]!) | 0) < us) return null;
    const request = this.#lentAt(at);
    this.#sinks[at] = GIVEN_UP;
    this.#slots[at] = SEVERAL_SLOTS;
    this.#keptFrom = n + 1;
    return request;
  }

  #lentAt(at: number): Outgoing {
    return {
      sinceUs: this.#sinceUs[at]!,
      sink: this.#sinks[at]!,
      token: this.#tokens[at]!,
      slot: this.#slots[at]!,
      isWrite: (this.#flags[at]! & IS_WRITE) !== 0,
      isRetry: (this.#flags[at]! & IS_RETRY) !== 0,
      redirects: Math.floor(this.#flags[at]! / REDIRECT),
      bytes: this.#segments[at]!.bytes,
      start: this.#starts[at]!,
      end: this.#ends[at]!,
    };
  }

  #grow(): void {
    const from = this.#mask;
    const to = 2 * (from + 1) - 1;
    const old = {
      sinks: this.#sinks,
      segments: this.#segments,
      tokens: this.#tokens,
      starts: this.#starts,
      ends: this.#ends,
      slots: this.#slots,
      flags: this.#flags,
      sinceUs: this.#sinceUs,
      sentUs: this.#sentUs,
    };
    this.#sinks = new Array<ReplySink | null>(to + 1).fill(null);
    this.#segments = new Array<Segment | null>(to + 1).fill(null);
    this.#tokens = new Int32Array(to + 1);
    this.#starts = new Int32Array(to + 1);
    this.#ends = new Int32Array(to + 1);
    this.#slots = new Int16Array(to + 1);
    this.#flags = new Uint8Array(to + 1);
    this.#sinceUs = new Int32Array(to + 1);
    this.#sentUs = new Int32Array(to + 1);
    for (let n = this.head; n < this.tail; n++) {
      this.#sinks[n & to] = old.sinks[n & from]!;
      this.#segments[n & to] = old.segments[n & from]!;
      this.#tokens[n & to] = old.tokens[n & from]!;
      this.#starts[n & to] = old.starts[n & from]!;
      this.#ends[n & to] = old.ends[n & from]!;
      this.#slots[n & to] = old.slots[n & from]!;
      this.#flags[n & to] = old.flags[n & from]!;
      this.#sinceUs[n & to] = old.sinceUs[n & from]!;
      this.#sentUs[n & to] = old.sentUs[n & from]!;
    }
    this.#mask = to;
  }
}
