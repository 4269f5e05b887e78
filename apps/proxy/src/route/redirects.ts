/**
 * What becomes of a request that a node of a Redis Cluster refused because its slot is elsewhere, or because it cannot now.
 * It was not executed, so it is sent again, whatever it is: at once where the node is known, else when the topology is newer
 * or some time has passed. No client sees MOVED or ASK.
 *
 * **Invariant:** a request is refused `REDIRECTS_MAX` times at most, and waits no longer than commands wait.
 */
import type { Counters } from '../admin/counters.ts';
import { toMicroseconds } from '../turn.ts';
import type { LeftOver } from '../upstream/left-overs.ts';
import type { Redirect } from '../upstream/redirect.ts';
import type { Outgoing } from '../upstream/reply-sink.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import type { Refused } from '../upstream/upstream-owner.ts';
import { errors } from './replies.ts';

export const REDIRECTS_MAX = 16;
/** From then on nodes that name each other are given time to agree. */
const AT_ONCE_MAX = 4;
const DELAY_MS = { min: 50, max: 200 };

export type RedirectsEnv = {
  readonly counters: Counters;
  readonly monotonicMs: () => number;
  /** How long commands wait; it may change. */
  readonly limits: { readonly holdQueueMs: number };
  /** Non-null: nothing is served. */
  readonly closedError: () => Uint8Array | null;
  readonly shards: () => readonly ShardUpstream[];
  readonly ownerOf: (slot: number) => ShardUpstream | undefined;
  /** Requests of the slot go there from now on; `from` may still owe replies to some. */
  readonly move: (slot: number, to: ShardUpstream, from: ShardUpstream) => void;
  readonly onStale: (because: string) => void;
  readonly enqueue: (shard: ShardUpstream, item: LeftOver) => void;
};

/** Where it goes, and when. */
export type Way = {
  readonly shard: ShardUpstream;
  readonly delayMs: number;
  readonly asks: boolean;
};

/** What it needs to know of a request: how often it was refused, this time among it. */
type Sent = Pick<Outgoing, 'slot' | 'redirects'>;

export class Redirects {
  readonly #env: RedirectsEnv;

  constructor(env: RedirectsEnv) {
    this.#env = env;
  }

  onRefused(from: ShardUpstream, connection: UpstreamConnection, refused: Refused): void {
    const { request, redirect, behind } = refused;
    this.#count(redirect);
    request.redirects++;
    request.sinceUs ||= toMicroseconds(this.#env.monotonicMs());
    const isLater = redirect.kind === 'later';
    const error = isLater ? refused.error : errors.notAgreed;
    if (isLater && this.#isOvertaken(from, refused))
      return request.sink.onFailure(request.token, error);
    const { shard, asks, delayMs } = this.wayOf(from, connection, refused);
    const deadlineMs = this.#deadlineMs(request);
    const refusal = this.#refusalOf(request, shard, deadlineMs, error);
    if (refusal !== null) return request.sink.onFailure(request.token, refusal);
    const notBeforeMs = delayMs === 0 ? 0 : this.#env.monotonicMs() + delayMs;
    const { connectionClass } = connection.identity;
    const again = { error, asks, behind, notBeforeMs };
    this.#env.enqueue(shard, { request, connectionClass, deadlineMs, refused: again });
  }

  /** Why it is not sent again; else null. */
  #refusalOf(
    { redirects, bytes }: Outgoing,
    shard: ShardUpstream,
    deadlineMs: number,
    error: Uint8Array,
  ): Uint8Array | null {
    const closedError = this.#env.closedError();
    if (closedError !== null) return closedError;
    if (redirects > REDIRECTS_MAX || this.#env.monotonicMs() >= deadlineMs) return error;
    return shard.hasRoomFor(bytes.length) ? null : errors.holdLimit;
  }

  #count(redirect: Redirect): void {
    const { counters } = this.#env;
    if (redirect.kind === 'moved') counters.redirectsMoved++;
    else if (redirect.kind === 'ask') counters.redirectsAsk++;
    else counters.redirectsLater++;
  }

  /** Of `request`, which `from` refused on that connection; also for who sends it by himself. */
  wayOf(
    from: ShardUpstream,
    { identity }: UpstreamConnection,
    { request, redirect }: { request: Sent; redirect: Redirect },
  ): Way {
    if (redirect.kind === 'later') return this.#wayLater(from, request, redirect.code);
    const { ownerOf, onStale, move } = this.#env;
    const { kind, slot, port } = redirect;
    request.slot = slot;
    const target = this.#primaryAt(redirect.host || identity.host, port);
    if (kind === 'moved' || target === undefined) onStale(kind.toUpperCase());
    if (target === undefined) return this.#wayBack(from, request);
    if (kind === 'moved' && target !== ownerOf(slot)) move(slot, target, from);
    const isAtOnce = request.redirects <= AT_ONCE_MAX;
    const delayMs = isAtOnce ? 0 : delayMsOf(request.redirects - AT_ONCE_MAX);
    return { shard: target, asks: kind === 'ask', delayMs };
  }

  /**
   * What its client sent behind it about the slot waits elsewhere. If it was refused by a node that its slot is on its way
   * to, that may also be in flight to the owner.
   */
  #isOvertaken(from: ShardUpstream, { request, behind }: Refused): boolean {
    const { shards, ownerOf } = this.#env;
    const { slot, sink } = request;
    const owner = ownerOf(slot) ?? from;
    if (owner !== from)
      for (const connection of owner.owing()) connection.watchBehind(request, behind);
    return shards().some((shard) => {
      const mayBeBefore = shard === owner && owner === from;
      return !mayBeBefore && shard.hasLeftOverOf(sink.owner, slot);
    });
  }

  #wayLater(from: ShardUpstream, request: Sent, code: string): Way {
    // A slot that moves is no news.
    if (code !== 'TRYAGAIN') this.#env.onStale(code);
    return this.#wayBack(from, request);
  }

  /** To whoever has its slot by then, as far as is known. */
  #wayBack(from: ShardUpstream, { slot, redirects }: Sent): Way {
    const shard = this.#env.ownerOf(slot) ?? from;
    return { shard, asks: false, delayMs: delayMsOf(redirects) };
  }

  #primaryAt(host: string, port: number): ShardUpstream | undefined {
    const isThere = ({ target }: ShardUpstream): boolean =>
      target !== null && target.port === port && target.host === host;
    return this.#env.shards().find(isThere);
  }

  /** The first time it has all the time that commands have: it was in flight until now. */
  #deadlineMs({ redirects, sinceUs }: Outgoing): number {
    const nowMs = this.#env.monotonicMs();
    const { holdQueueMs } = this.#env.limits;
    if (redirects === 1) return nowMs + holdQueueMs;
    return nowMs - ((toMicroseconds(nowMs) - sinceUs) | 0) / 1000 + holdQueueMs;
  }
}

/** Before it is sent for the next time, when it was refused so often. */
export function delayMsOf(times: number): number {
  return Math.min(DELAY_MS.min * 2 ** (times - 1), DELAY_MS.max);
}
