/**
 * One request to one shard that the proxy makes by itself for a client: a part of a command over all shards, say. It
 * passes the same gates as a client's own command, waits where a client would wait, and gets the whole reply as bytes of
 * its own. Off the hot path: it is an object per request.
 */
import { invariant } from '@keyfleet/runtime';
import type { ConnectionClass } from '../upstream/connection-class.ts';
import { NO_REQUEST, SEVERAL_SLOTS, type ReplySink } from '../upstream/reply-sink.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import { readRedirect } from '../upstream/redirect.ts';
import { toMicroseconds } from '../turn.ts';
import type { Parkable } from './parking.ts';
import { errors } from './replies.ts';
import { GATE, type Routing } from './routing.ts';

const MINUS = 0x2d;

export type ShardCallOrder = {
  /** Whose commands it keeps its order with: the client. */
  readonly owner: object;
  /** Or the slot of its keys: then it goes to whoever owns that when it goes. */
  readonly shard: ShardUpstream | number;
  readonly connectionClass: ConnectionClass;
  readonly isWrite: boolean;
  /** It is no client's, and changes nothing that is held. */
  readonly isPastHolds?: boolean;
  /** A whole multibulk frame. */
  readonly request: Uint8Array;
  /** Once: the reply of the server, or the error that the client would have got. Null: the shard is no more, or the slot is nobody's. */
  readonly onAnswer: (answer: Uint8Array | null) => void;
};

export type ShardCallEnv = { readonly routing: Routing; readonly monotonicMs: () => number };

export class ShardCall implements ReplySink, Parkable {
  readonly owner: object;
  parkDeadlineMs: number | null = null;
  /** When it began to wait; 0: it did not have to. */
  #sinceUs = 0;
  readonly #order: ShardCallOrder;
  readonly #env: ShardCallEnv;
  #parkedAt: ShardUpstream | null = null;
  /** How often its server could not do it, and since when. */
  #refusals = 0;
  #refusedSinceMs: number | null = null;
  #isCancelled = false;

  constructor(order: ShardCallOrder, env: ShardCallEnv) {
    this.owner = order.owner;
    this.#order = order;
    this.#env = env;
  }

  get parkedBytes(): number {
    return this.#order.request.length;
  }

  /** Sends it, now or when the shard takes it. */
  start(): void {
    const { routing, monotonicMs } = this.#env;
    const { connectionClass, isWrite, owner } = this.#order;
    const shard = this.#shard();
    if (routing.closedError !== null) return this.#order.onAnswer(routing.closedError);
    if (shard === undefined) return this.#order.onAnswer(null);
    const gate = this.#gateOf(shard);
    if (gate >= GATE.holdsAll || (gate === GATE.holdsWrites && isWrite))
      return this.#park(shard, errors.holdLimit);
    const connection = shard.ready(connectionClass, owner);
    const refusal = connection === null ? shard.refusal(monotonicMs()) : null;
    if (refusal !== null) return this.#order.onAnswer(refusal);
    if (connection === null) return this.#park(shard, errors.notConnected);
    const { request, shard: place } = this.#order;
    // What is for a shard is not to be sent elsewhere.
    const slot = typeof place === 'number' ? place : SEVERAL_SLOTS;
    const whole = { bytes: request, start: 0, end: request.length };
    connection.send({
      ...{ ...NO_REQUEST, sink: this, slot, isWrite, ...whole },
      sinceUs: this.#sinceUs,
    });
  }

  /** Nobody waits for it any more: what was not sent yet is not sent, and nobody hears of it. */
  cancel(): void {
    this.#isCancelled = true;
    this.#parkedAt?.parking.leave(this);
  }

  #shard(): ShardUpstream | undefined {
    const { shard } = this.#order;
    const { shards, owners } = this.#env.routing;
    if (typeof shard === 'number') return shards[owners[shard]!];
    return shards.includes(shard) ? shard : undefined;
  }

  #gateOf(shard: ShardUpstream): number {
    const { shard: place, isPastHolds } = this.#order;
    if (isPastHolds === true) return GATE.open;
    const { gates, shardGates, shards } = this.#env.routing;
    return typeof place === 'number' ? gates[place]! : shardGates[shards.indexOf(shard)]!;
  }

  unpark(): void {
    this.start();
  }

  failParked(error: Uint8Array): void {
    this.#order.onAnswer(error);
  }

  onReply(_token: number, bytes: Uint8Array, start: number, end: number): void {
    if (bytes[start] === MINUS && this.#isRetried(bytes, start, end)) return;
    // `slice` of a Buffer would be the lent memory itself.
    this.#order.onAnswer(new Uint8Array(bytes.subarray(start, end)));
  }

  takesParts(): boolean {
    return false;
  }

  onPart(): void {
    invariant(false, 'a call takes no parts of replies');
  }

  onPartsEnd(): void {
    invariant(false, 'a call takes no parts of replies');
  }

  onFailure(_token: number, error: Uint8Array): void {
    this.#order.onAnswer(error);
  }

  /** Of a Redis Cluster's node that could not do it just now. What has a slot comes here only if that lasts. */
  #isRetried(bytes: Uint8Array, start: number, end: number): boolean {
    const { routing, monotonicMs } = this.#env;
    if (!routing.traits.redirects || typeof this.#order.shard === 'number') return false;
    const redirect = readRedirect(bytes, start, end);
    if (redirect?.kind !== 'later') return false;
    routing.noteStale(redirect.code);
    this.#refusedSinceMs ??= monotonicMs();
    return routing.retryLater(++this.#refusals, this.#refusedSinceMs, () => {
      if (!this.#isCancelled) this.start();
    });
  }

  #park(shard: ShardUpstream, error: Uint8Array): void {
    const nowMs = this.#env.monotonicMs();
    if (this.#sinceUs === 0) this.#sinceUs = toMicroseconds(nowMs);
    this.#parkedAt = shard;
    if (!shard.parking.park(this, nowMs, error)) this.#order.onAnswer(errors.holdLimit);
  }
}
