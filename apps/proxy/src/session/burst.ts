/**
 * A transaction on its way: MULTI, its commands and EXEC, queued on one connection within one call, so that nothing of
 * another client gets between them and either all of them leave or none. What a lost connection leaves over of it is
 * never sent elsewhere: the frames have no slot of their own.
 *
 * A Redis Cluster's node that refuses one of the commands, or EXEC, because their slot is elsewhere has done nothing: then
 * they go again together (`sendAgainOn`), in the order of their client's requests; but not where keys are watched.
 *
 * The replies to MULTI and to the commands (+QUEUED) are swallowed. If the server refuses a command that we let through,
 * its client was told QUEUED; EXEC then says why, in the form that Redis has for it (multi.c `execCommandAbort`).
 */
import { encode, encodeCommand, firstElement, skipReply } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import type { Pubsub } from '../pubsub/pubsub.ts';
import { correctedCount, type Receivers } from '../pubsub/receivers.ts';
import { withDatabase } from '../upstream/connection-class.ts';
import { readRedirect, type Redirect } from '../upstream/redirect.ts';
import {
  NO_REQUEST,
  SEVERAL_SLOTS,
  type Outgoing,
  type ReplySink,
} from '../upstream/reply-sink.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import { emulate, type HandlerOf } from './emulate.ts';
import { errorText, execAbort } from './exec-abort.ts';
import { nullReply } from './null-reply.ts';
import { requestOf } from './request-of.ts';
import type { Step, Transaction } from './transaction.ts';

const MULTI = encodeCommand(['MULTI']);
const EXEC = encodeCommand(['EXEC']);
const ASKING = encodeCommand(['ASKING']);
const MINUS = 0x2d;
const PLUS = 0x2b;
/** Tokens of our own requests; the place of the client's reply is kept aside. */
const QUEUED = 0;
const EXECUTED = 1;
const GUARDED = 2;

const publishing = new Set(['publish', 'spublish']);

export type Publications = Pick<Pubsub, 'receiversOf'>;

export type BurstOrder = {
  readonly client: Client;
  /** The place of the reply to EXEC. */
  readonly token: number;
  readonly transaction: Transaction;
  readonly handlerOf: HandlerOf;
  readonly publications: Publications;
  /** Servers know slots, and say where others are. */
  readonly redirects: boolean;
  /** Of its keys. */
  readonly slot: number;
  /** What is needed ahead of it, on the connection that it is about to be sent on. */
  readonly prepare: (connection: UpstreamConnection) => void;
  /** Its client watches keys: what may hide a conflict is one. */
  readonly watched: {
    readonly guard: Uint8Array | null;
    readonly onGuardDenied: () => void;
  } | null;
  /** The reply came, or never will. */
  readonly onDone: () => void;
};

export class Burst implements ReplySink {
  readonly owner: Client;
  readonly #order: BurstOrder;
  /** Elements of the server's reply to EXEC. */
  #elements = 0;
  #refusal: string | null = null;
  #refused: { readonly redirect: Redirect; readonly error: Uint8Array } | null = null;
  #isGuardDenied = false;
  #connection: UpstreamConnection | null = null;
  /** Stands for all of it when it goes again. */
  #request: Outgoing | null = null;
  /** Of what it publishes, where the server's count is not that of the clients. */
  readonly #receivers = new Map<Step, Receivers>();

  constructor(order: BurstOrder) {
    this.owner = order.client;
    this.#order = order;
  }

  /** The connection has room: a burst may then exceed what is in flight by what a transaction may hold. */
  sendOn(connection: UpstreamConnection, asks = false): void {
    const { transaction, client, watched, prepare } = this.#order;
    this.#begin(connection);
    prepare(connection);
    // The server keeps it until EXEC.
    if (asks) this.#send(connection, ASKING, QUEUED);
    this.#send(connection, MULTI, QUEUED);
    if (watched?.guard) {
      this.#elements++;
      this.#send(connection, watched.guard, GUARDED);
    }
    let isElsewhere = false;
    for (const step of transaction.steps) {
      const { as, frame, database } = step;
      if (as === 'emulated') continue;
      if (publishing.has(step.command.name)) this.#noteReceivers(step, connection);
      isElsewhere ||= database !== null;
      this.#elements++;
      this.#send(connection, frame, QUEUED);
    }
    if (isElsewhere) {
      this.#elements++;
      this.#send(connection, encodeCommand(['SELECT', String(client.database)]), QUEUED);
    }
    this.#send(connection, EXEC, EXECUTED);
  }

  sendAgainOn(connection: UpstreamConnection, asks: boolean): void {
    this.sendOn(connection, asks);
  }

  #begin(connection: UpstreamConnection): void {
    this.#connection = connection;
    this.#elements = 0;
    this.#refusal = this.#refused = null;
    this.#receivers.clear();
  }

  onReply(token: number, bytes: Uint8Array, start: number, end: number): void {
    if (token !== EXECUTED) return this.#onQueued(token, bytes, start, end);
    const { client, token: place } = this.#order;
    if (bytes[start] === MINUS && this.#isUndone(bytes, start, end)) return;
    if (this.#refusal !== null && bytes[start] === MINUS) this.#abort(this.#refusal);
    else if (this.#isAsItComes || client.isClosed) client.onReply(place, bytes, start, end);
    else this.#answerInFull(bytes, start, end);
    this.#order.onDone();
  }

  placeOf(): number {
    return this.#order.token;
  }

  /** What was refused before it is not to come behind it. */
  slotOf(token: number): number | undefined {
    return token === EXECUTED ? this.#order.slot : undefined;
  }

  isUndone(bytes: Uint8Array, start: number): boolean {
    return bytes[start] === MINUS;
  }

  takesParts(token: number): boolean {
    const { client, token: place } = this.#order;
    return token === EXECUTED && this.#isAsItComes && client.takesParts(place);
  }

  onPart(_token: number, bytes: Uint8Array, start: number, end: number): void {
    this.#order.client.onPart(this.#order.token, bytes, start, end);
  }

  onPartsEnd(_token: number, isWhole: boolean, length: number): void {
    this.#order.client.onPartsEnd(this.#order.token, isWhole, length);
    this.#order.onDone();
  }

  /** They all fail together, EXEC last. */
  onFailure(token: number, error: Uint8Array): void {
    if (token !== EXECUTED) return;
    this.#order.client.onFailure(this.#order.token, error);
    this.#order.onDone();
  }

  /** The client gets the server's reply. */
  get #isAsItComes(): boolean {
    const { transaction, watched } = this.#order;
    return transaction.isPlain && this.#receivers.size === 0 && !watched?.guard;
  }

  #noteReceivers(step: Step, { identity }: UpstreamConnection): void {
    const request = requestOf(step.frame);
    const receivers = this.#order.publications.receiversOf(request, identity.shard);
    if (!receivers.areElsewhere) this.#receivers.set(step, receivers);
  }

  #send(connection: UpstreamConnection, bytes: Uint8Array, token: number): void {
    connection.send({
      ...NO_REQUEST,
      sink: this,
      token,
      slot: SEVERAL_SLOTS,
      isWrite: token === EXECUTED && this.#order.transaction.isWrite,
      bytes,
      start: 0,
      end: bytes.length,
    });
  }

  #onQueued(token: number, bytes: Uint8Array, start: number, end: number): void {
    if (bytes[start] !== MINUS) return;
    const redirect = this.#redirectOf(bytes, start, end);
    if (redirect !== null) this.#refused ??= { redirect, error: copyOf(bytes, start, end) };
    else if (token === QUEUED) this.#refusal ??= errorText(bytes, start, end);
    else {
      this.#isGuardDenied = true;
      this.#order.watched!.onGuardDenied();
    }
  }

  #redirectOf(bytes: Uint8Array, start: number, end: number): Redirect | null {
    return this.#order.redirects ? readRedirect(bytes, start, end) : null;
  }

  /** Of an error to EXEC: true if that means that it goes again, or that there is a conflict. */
  #isUndone(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#refusal !== null) return false;
    const redirect = this.#redirectOf(bytes, start, end);
    const refused =
      redirect === null ? this.#refused : { redirect, error: copyOf(bytes, start, end) };
    if (refused === null && !this.#isGuardDenied) return false;
    if (this.#order.watched !== null) this.#answerConflict();
    else this.#connection!.refuse(this.#asOne(), refused!.redirect, refused!.error);
    return true;
  }

  #answerConflict(): void {
    const { client, token, onDone } = this.#order;
    const conflict = nullReply(client);
    client.onReply(token, conflict, 0, conflict.length);
    onDone();
  }

  #asOne(): Outgoing {
    const { slot, transaction } = this.#order;
    this.#request ??= {
      ...NO_REQUEST,
      ...{ sink: this, token: EXECUTED, slot, isWrite: transaction.isWrite },
      ...{ bytes: EXEC, end: EXEC.length },
    };
    return this.#request;
  }

  #abort(because: string): void {
    this.#order.client.onFailure(this.#order.token, execAbort(because));
  }

  /** The server's elements, and at their places what the proxy answers. */
  #answerInFull(bytes: Uint8Array, start: number, end: number): void {
    const { client, token, transaction, handlerOf } = this.#order;
    let at = firstElement(bytes, start, this.#elements);
    // An error, or the null of a transaction that met a conflict: nothing was done, here neither.
    if (at === -1) return client.onReply(token, bytes, start, end);
    if (this.#order.watched?.guard) at = skipReply(bytes, at, end);
    const replies = transaction.steps.map((step) => {
      if (step.as === 'emulated') return emulate(client, step, handlerOf);
      const from = at;
      at = skipReply(bytes, from, end);
      // The client is now where its SELECT went: nothing else of it is pending.
      if (step.database !== null && bytes[from] === PLUS)
        client.connectionClass = withDatabase(client.connectionClass, step.database);
      const reply = bytes.subarray(from, at);
      const receivers = this.#receivers.get(step);
      return receivers === undefined ? reply : correctedCount(receivers, reply);
    });
    const whole = encode.array(replies);
    client.onReply(token, whole, 0, whole.length);
  }
}

function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}
