/**
 * One request to one shard that the proxy makes by itself for a client: a part of a command over all shards, say. It
 * passes the same gates as a client's own command, waits where a client would wait, and gets the whole reply as bytes of
 * its own. Off the hot path: it is an object per request.
 */
import { invariant } from '@keyfleet/runtime';
import type { ConnectionClass } from '../upstream/connection-class.ts';
import { NO_REQUEST, SEVERAL_SLOTS, type ReplySink } from '../upstream/reply-sink.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import type { Parkable } from './parking.ts';
import { errors } from './replies.ts';
import { GATE, type Routing } from './routing.ts';

export type ShardCallOrder = {
  /** Whose commands it keeps its order with: the client. */
  readonly owner: object;
  readonly shard: ShardUpstream;
  readonly connectionClass: ConnectionClass;
  readonly isWrite: boolean;
  /** A whole multibulk frame. */
  readonly request: Uint8Array;
  /** Once: the reply of the server, or the error that the client would have got. Null: the shard is no more. */
  readonly onAnswer: (answer: Uint8Array | null) => void;
};

export type ShardCallEnv = { readonly routing: Routing; readonly monotonicMs: () => number };

export class ShardCall implements ReplySink, Parkable {
  readonly owner: object;
  parkDeadlineMs: number | null = null;
  readonly #order: ShardCallOrder;
  readonly #env: ShardCallEnv;

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
    const { shard, connectionClass, isWrite, owner } = this.#order;
    const index = routing.shards.indexOf(shard);
    if (routing.closedError !== null) return this.#order.onAnswer(routing.closedError);
    if (index === -1) return this.#order.onAnswer(null);
    const gate = routing.shardGates[index]!;
    if (gate === GATE.holdsAll || (gate === GATE.holdsWrites && isWrite))
      return this.#park(errors.holdLimit);
    const connection = shard.ready(connectionClass, owner);
    const down = connection === null ? shard.downError(monotonicMs()) : null;
    if (down !== null) return this.#order.onAnswer(down);
    if (connection === null) return this.#park(errors.notConnected);
    const { request } = this.#order;
    // Not to be sent elsewhere: it is for this shard.
    const slot = SEVERAL_SLOTS;
    const whole = { bytes: request, start: 0, end: request.length };
    connection.send({ ...NO_REQUEST, sink: this, slot, isWrite, ...whole });
  }

  unpark(): void {
    this.start();
  }

  failParked(error: Uint8Array): void {
    this.#order.onAnswer(error);
  }

  onReply(_token: number, bytes: Uint8Array, start: number, end: number): void {
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

  #park(error: Uint8Array): void {
    const { shard } = this.#order;
    if (!shard.parking.park(this, this.#env.monotonicMs(), error))
      this.#order.onAnswer(errors.holdLimit);
  }
}
