/**
 * An EVALSHA on its way. If the server lacks the script all the same, because somebody flushed its scripts or because the
 * request found its way to another server, nothing was done: it is sent once more behind the script.
 */
import type { Client } from '../downstream/client.ts';
import { errors } from '../route/replies.ts';
import type { Routing } from '../route/routing.ts';
import { NO_REQUEST, type ReplySink } from '../upstream/reply-sink.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import type { ScriptLoader } from './script-loader.ts';

const NOSCRIPT = new TextEncoder().encode('-NOSCRIPT');

export type ShaOrder = {
  readonly client: Client;
  readonly digest: string;
  readonly slot: number;
  readonly isWrite: boolean;
  /** A whole frame, of its own memory. */
  readonly request: Uint8Array;
};

export type ShaCallEnv = { readonly routing: Routing; readonly loader: ScriptLoader };

export class ShaCall implements ReplySink {
  readonly owner: Client;
  readonly #order: ShaOrder;
  readonly #env: ShaCallEnv;
  #isSecond = false;

  constructor(order: ShaOrder, env: ShaCallEnv) {
    this.owner = order.client;
    this.#order = order;
    this.#env = env;
  }

  /** `token`: the place of the client's reply. */
  sendOn(connection: UpstreamConnection, token: number): void {
    const { digest, slot, isWrite, request } = this.#order;
    this.#env.loader.loadAhead(connection, digest, this.owner);
    const whole = { bytes: request, start: 0, end: request.length };
    connection.send({ ...NO_REQUEST, sink: this, token, slot, isWrite, ...whole });
  }

  onReply(token: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#isSecond || this.owner.isClosed || !isNoScript(bytes, start))
      return this.owner.onReply(token, bytes, start, end);
    this.#isSecond = true;
    this.#env.loader.noteMissing(this.#order.digest);
    const connection = this.#connection();
    if (connection === null) this.owner.onFailure(token, errors.holdLimit);
    else this.sendOn(connection, token);
  }

  takesParts(token: number): boolean {
    return this.owner.takesParts(token);
  }

  onPart(token: number, bytes: Uint8Array, start: number, end: number): void {
    this.owner.onPart(token, bytes, start, end);
  }

  onPartsEnd(token: number, isWhole: boolean, length: number): void {
    this.owner.onPartsEnd(token, isWhole, length);
  }

  onFailure(token: number, error: Uint8Array): void {
    this.owner.onFailure(token, error);
  }

  /** To whoever owns the slot now, if it takes the request now. */
  #connection(): UpstreamConnection | null {
    const { routing } = this.#env;
    const { slot, isWrite } = this.#order;
    const shard = routing.shards[routing.owners[slot]!];
    if (shard === undefined || !routing.mayPass(slot, isWrite)) return null;
    return shard.ready(this.owner.connectionClass, this.owner);
  }
}

function isNoScript(bytes: Uint8Array, start: number): boolean {
  return NOSCRIPT.every((byte, i) => bytes[start + i] === byte);
}
