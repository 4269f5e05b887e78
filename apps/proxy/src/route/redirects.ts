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
    const error = redirect.kind === 'later' ? refused.error : errors.notAgreed;
    const way = this.wayOf(from, connection, refused);
    const deadlineMs = this.#deadlineMs(request);
    const nowMs = this.#env.monotonicMs();
    const isOver = request.redirects > REDIRECTS_MAX || nowMs >= deadlineMs;
    const closedError = this.#env.closedError();
    const refusal = closedError ?? (isOver ? error : null);
    if (refusal !== null) return request.sink.onFailure(request.token, refusal);
    if (!way.shard.hasRoomFor(request.bytes.length))
      return request.sink.onFailure(request.token, errors.holdLimit);
    const { connectionClass } = connection.identity;
    const { asks, delayMs } = way;
    this.#env.enqueue(way.shard, {
      ...{ request, connectionClass, deadlineMs },
      refused: { error, asks, behind, notBeforeMs: delayMs === 0 ? 0 : nowMs + delayMs },
    });
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
