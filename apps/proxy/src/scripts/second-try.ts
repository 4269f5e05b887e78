/**
 * A request on its way whose server may lack what it needs: a script, a library of functions. What a server lacks that is
 * new goes ahead of it. If the server lost it since, nothing was done: the request is sent once more, when the server has been
 * given what it lacks. But if its client sent more behind it, it hears of the lack, as from any server, and the next one
 * finds it mended.
 */
import type { Client } from '../downstream/client.ts';
import { errors } from '../route/replies.ts';
import type { Routing } from '../route/routing.ts';
import { NO_REQUEST, type Outgoing, type ReplySink } from '../upstream/reply-sink.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';

export type Remedy = {
  /** The beginning of the error of a server that lacks it. */
  readonly lacking: Uint8Array;
  /** On a connection that the request is about to be sent on, however often it is. */
  readonly ahead: (connection: UpstreamConnection) => void;
  /** Before it is sent once more; null: that would not help. */
  readonly supply: (shard: ShardUpstream) => Promise<void> | null;
};

export type TryOrder = {
  readonly client: Client;
  readonly slot: number;
  readonly isWrite: boolean;
  /** A whole frame, of its own memory; null: it is too long to be kept, and has one try. */
  readonly kept: Uint8Array | null;
  readonly remedy: Remedy;
};

export class SecondTry implements ReplySink {
  readonly owner: Client;
  readonly #order: TryOrder;
  readonly #routing: Routing;
  #isSecond = false;

  constructor(order: TryOrder, routing: Routing) {
    this.owner = order.client;
    this.#order = order;
    this.#routing = routing;
  }

  /** The client's present request; `token`: the place of its reply. */
  sendOn(connection: UpstreamConnection, token: number): void {
    const { bytes, start, end } = this.owner.request;
    this.prepare(connection);
    this.#send(connection, token, { bytes, start, end });
  }

  prepare(connection: UpstreamConnection): void {
    this.#order.remedy.ahead(connection);
  }

  onReply(token: number, bytes: Uint8Array, start: number, end: number): void {
    const supplied = this.#isLacking(bytes, start) ? this.#supply() : null;
    // What the client sent behind it may be done: sent again, it would come after that.
    const isLast = this.owner.places.tail === ((token + 1) | 0);
    if (supplied === null || !isLast) return this.owner.onReply(token, bytes, start, end);
    this.#isSecond = true;
    this.owner.stayAlone();
    // What a server has been given, or not, its answer will tell.
    void supplied.then(() => this.#sendAgain(token));
  }

  placeOf(token: number): number {
    return token;
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

  #isLacking(bytes: Uint8Array, start: number): boolean {
    const { kept, remedy } = this.#order;
    if (kept === null || this.#isSecond || this.owner.isClosed) return false;
    return remedy.lacking.every((byte, i) => bytes[start + i] === byte);
  }

  #supply(): Promise<void> | null {
    const shard = this.#shard();
    return shard === undefined ? null : this.#order.remedy.supply(shard);
  }

  /** To whoever owns the slot now, if it takes the request now. */
  #sendAgain(token: number): void {
    const { slot, isWrite, kept } = this.#order;
    const mayPass = this.#routing.closedError === null && this.#routing.mayPass(slot, isWrite);
    const shard = mayPass ? this.#shard() : undefined;
    const connection = shard?.ready(this.owner.connectionClass, this.owner) ?? null;
    if (connection === null) this.owner.onFailure(token, shard?.busyError ?? errors.holdLimit);
    else {
      this.prepare(connection);
      this.#send(connection, token, { bytes: kept!, start: 0, end: kept!.length });
    }
  }

  #send(
    connection: UpstreamConnection,
    token: number,
    frame: Pick<Outgoing, 'bytes' | 'start' | 'end'>,
  ): void {
    const { slot, isWrite } = this.#order;
    connection.send({ ...NO_REQUEST, sink: this, token, slot, isWrite, ...frame });
  }

  #shard(): ShardUpstream | undefined {
    const { shards, owners } = this.#routing;
    return shards[owners[this.#order.slot]!];
  }
}
