/**
 * A command that waits at a server for what others may never bring. It has a connection for itself; the server keeps the
 * time. It survives what happens to the server, with the time that is left:
 *
 *   a hold drains its shard       it is ended by CLIENT UNBLOCK; null means that nothing was taken, and it goes again,
 *                                 through the gate, to whoever owns the slot then
 *   its server refuses it         it goes again, to the one that has its slot, or is about to
 *   its connection is lost
 *     before it was sent, or it only reads
 *                                 it goes again
 *     because its server failed   it goes again to another life of the shard: what the former one took and did not tell
 *                                 was taken from data that went with it, or, where that had been replicated already, is
 *                                 lost as it is with a client that reads no reply
 *     else                        what it took is known to the same life, to an heir that was planned, or to the shard that
 *                                 its slot went to: the client is told UNCERTAIN
 */
import { encode, encodeCommand } from '@keyfleet/resp';
import { invariant } from '@keyfleet/runtime';
import type { Client } from '../downstream/client.ts';
import { errors } from '../route/replies.ts';
import type { Redirect } from '../upstream/redirect.ts';
import type { ReplySink } from '../upstream/reply-sink.ts';
import { askLastIds, type OpenId } from './last-ids.ts';
import type { PrivateConnection, PrivateUser } from './private-connection.ts';
import { PrivateWay, type WayEnv } from './private-way.ts';
import { requestOf } from './request-of.ts';
import { withTimeout, type Timeout } from './timeout-argument.ts';
import { Refusals, refusalOf } from './refusals.ts';
import type { Unblocker, UnblockReason } from './unblocker.ts';

/** Its server became a replica (blocked.c `disconnectAllBlockedClients`). A stream that is gone says UNBLOCKED too. */
const FORCED = Buffer.from('-UNBLOCKED force unblock');
const ASKED = encode.errorReply('UNBLOCKED client unblocked via CLIENT UNBLOCK');
const ASKING = encodeCommand(['ASKING']);
const NULL_ARRAY = Buffer.from('*-1\r\n');
const NULLS = [NULL_ARRAY, Buffer.from('$-1\r\n'), Buffer.from('_\r\n')];

export type BlockedOrder = {
  readonly client: Client;
  /** The place of its reply. */
  readonly token: number;
  readonly slot: number;
  /** A whole multibulk frame. */
  readonly frame: Uint8Array;
  readonly timeout: Timeout;
  /** To do it twice may take twice. */
  readonly isWrite: boolean;
  /** Where it says `$`. */
  readonly ids: readonly OpenId[];
  /** It is about to be answered. */
  readonly onDone: () => void;
};

export type BlockedEnv = WayEnv & {
  readonly unblocker: Unblocker;
  /** How late the answer of a server may be. */
  readonly silenceMs: number;
};

export class BlockedCommand implements ReplySink, PrivateUser {
  readonly owner: Client;
  readonly #order: BlockedOrder;
  readonly #env: BlockedEnv;
  #way: PrivateWay | null = null;
  #connection: PrivateConnection | null = null;
  /** Until when it may block; null: it was never sent. */
  #untilMs: number | null = null;
  /** To the life of the server that may have done it. */
  #doneOver: PrivateConnection | null = null;
  /** What is sent: the request as it came, with ids where it said `$`. */
  #frame: Uint8Array;
  #isFixed: boolean;
  #isDraining = false;
  #isOver = false;
  readonly #refusals: Refusals;
  #asked: UnblockReason | null = null;

  constructor(order: BlockedOrder, env: BlockedEnv) {
    this.owner = order.client;
    this.#order = order;
    this.#env = env;
    this.#refusals = new Refusals(env);
    this.#frame = order.frame;
    this.#isFixed = order.ids.length === 0;
  }

  /** On its way to a server, now or again. */
  start(): void {
    if (this.#isOver) return;
    const { client, slot, frame } = this.#order;
    this.#way = new PrivateWay(
      {
        slot,
        at: this.#refusals.at,
        // A read too: where writes are held, the slot may be about to move, and what it waits for comes elsewhere.
        isWrite: true,
        connectionClass: client.connectionClass,
        bytes: frame.length,
        untilMs: this.#untilMs ?? Infinity,
        onThere: (connection) => this.#send(connection),
        onRefused: (error) => this.#refuse(error),
      },
      this.#env,
    );
    this.#way.start();
  }

  /** Its client is gone. */
  cancel(): void {
    this.#isOver = true;
    this.#way?.cancel();
    this.#connection?.close();
    // Whoever tries to end it stops trying.
    this.#way = this.#connection = null;
  }

  /** Somebody wants it to end. */
  ask(reason: UnblockReason): void {
    this.#asked = reason;
    if (this.#connection !== null) return this.#unblock(reason);
    this.#way?.cancel();
    this.#refuse(this.#asAsked(reason));
  }

  /** It waits for nothing at a shard that its slot has left: nobody writes there any more. */
  onApplied(): void {
    const { routing } = this.#env;
    const owner = routing.shards[routing.owners[this.#order.slot]!];
    const connection = this.#connection;
    if (connection === null || connection.shard === owner) return;
    // It may be there already, ahead of its slot.
    if (connection.shard !== this.#refusals.at) this.onDrain();
  }

  takesParts(): boolean {
    return false;
  }

  onPart(): void {
    invariant(false, 'a blocked command takes no parts of replies');
  }

  onPartsEnd(): void {
    invariant(false, 'a blocked command takes no parts of replies');
  }

  onReply(_token: number, bytes: Uint8Array, start: number, end: number): void {
    const reply = bytes.subarray(start, end);
    const connection = this.#connection!;
    const redirect = refusalOf(this.#env.routing, reply);
    this.#connection = null;
    // The server closes it behind that.
    if (startsWith(reply, FORCED)) connection.isSpent = true;
    this.#env.pool.release(connection);
    if (redirect !== null) return this.#onRefusal(connection, redirect, reply);
    const isTaken = !NULLS.some((each) => each.equals(reply)) && !startsWith(reply, FORCED);
    const isOurDoing = this.#isDraining || startsWith(reply, FORCED);
    if (isTaken || !isOurDoing) this.#answer(reply);
    else this.#again();
  }

  #onRefusal(connection: PrivateConnection, redirect: Redirect, reply: Uint8Array): void {
    const { slot } = this.#order;
    if (this.#refusals.take({ connection, slot, redirect }, () => this.#again())) return;
    this.#answer(redirect.kind === 'later' ? reply : errors.notAgreed);
  }

  onFailure(_token: number, error: Uint8Array): void {
    const connection = this.#connection!;
    this.#connection = null;
    const mayBeDone = this.#order.isWrite && error !== errors.notSent;
    if (mayBeDone) this.#doneOver = connection;
    if (mayBeDone && (this.#asked !== null || !this.#isFaultOf(connection))) this.#answer(error);
    else this.#again();
  }

  onReady(): void {
    // It was when it came.
  }

  onLost(): void {
    // What is pending hears of it by itself.
  }

  onDrain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#unblock('TIMEOUT');
  }

  #send(connection: PrivateConnection): void {
    this.#way = null;
    const { pool, monotonicMs } = this.#env;
    const nowMs = monotonicMs();
    const isOver = this.#untilMs !== null && this.#untilMs <= nowMs;
    if (isOver || !this.#mayGoTo(connection)) {
      pool.release(connection);
      return this.#answer(isOver && this.#doneOver === null ? this.#null() : errors.unknownOutcome);
    }
    this.#connection = connection;
    connection.user = this;
    this.#isDraining = false;
    if (!this.#isFixed) this.#fix(connection);
    this.#sendTo(connection, nowMs);
  }

  /** Else it was retired though its server lived: a hold could not drain it in time, or the shard has a planned heir. */
  #isFaultOf({ shard, life }: PrivateConnection): boolean {
    return !this.#isDraining && shard.life === life;
  }

  #mayGoTo({ shard, life }: PrivateConnection): boolean {
    const done = this.#doneOver;
    return done === null || (shard === done.shard && life !== done.life);
  }

  /** The server says what `$` is just before it takes the command; should that go again, it goes with the ids. */
  #fix(connection: PrivateConnection): void {
    askLastIds(connection, {
      isAhead: this.#isAheadOfSlot(connection),
      request: requestOf(this.#frame),
      ids: this.#order.ids,
      onKnown: (frame) => {
        this.#frame = frame;
        this.#isFixed = true;
      },
    });
  }

  #sendTo(connection: PrivateConnection, nowMs: number): void {
    const { timeout, isWrite } = this.#order;
    const isFirst = this.#untilMs === null || this.#untilMs === Infinity;
    const frame = isFirst
      ? this.#frame
      : withTimeout(requestOf(this.#frame), timeout, this.#untilMs! - nowMs);
    this.#untilMs ??= nowMs + timeout.ms;
    this.#doneOver = null;
    connection.silentUntilMs = this.#untilMs + this.#env.silenceMs;
    if (this.#isAheadOfSlot(connection)) connection.send(ASKING, false);
    connection.send(frame, isWrite, this);
  }

  #isAheadOfSlot({ shard }: PrivateConnection): boolean {
    return shard === this.#refusals.at;
  }

  #again(): void {
    if (this.#isOver) return;
    if (this.#asked !== null) return this.#answer(this.#asAsked(this.#asked));
    const isOver = this.#untilMs !== null && this.#untilMs <= this.#env.monotonicMs();
    if (isOver && this.#doneOver === null) this.#answer(this.#null());
    else this.start();
  }

  /** It did not come to a server, this time. */
  #refuse(error: Uint8Array): void {
    this.#way = null;
    const isOver = this.#untilMs !== null && this.#untilMs <= this.#env.monotonicMs();
    if (this.#doneOver !== null) this.#answer(errors.unknownOutcome);
    else this.#answer(isOver ? this.#null() : error);
  }

  #answer(reply: Uint8Array): void {
    const { client, token, onDone } = this.#order;
    this.#isOver = true;
    onDone();
    client.onReply(token, reply, 0, reply.length);
  }

  #asAsked(reason: UnblockReason): Uint8Array {
    return reason === 'ERROR' ? ASKED : this.#null();
  }

  /** Of a time that is over. */
  #null(): Uint8Array {
    const { respVersion } = this.#order.client;
    return respVersion === 2 ? NULL_ARRAY : encode.nullReply(respVersion);
  }

  #unblock(reason: UnblockReason): void {
    const connection = this.#connection;
    if (connection === null) return;
    if (connection.isAnonymous) return this.#leave(connection, reason);
    const isBlocked = (): boolean => this.#connection === connection;
    const onDenied = (): void => this.#leave(connection, reason);
    this.#env.unblocker.unblock({ connection, isBlocked, reason, onDenied });
  }

  /** Its server does not let it be unblocked: if somebody wants it, as if its client had gone. A slot that moves it ends by itself. */
  #leave(connection: PrivateConnection, reason: UnblockReason): void {
    if (this.#asked === null) return;
    this.#connection = null;
    connection.close();
    this.#answer(this.#asAsked(reason));
  }
}

function startsWith(reply: Uint8Array, start: Buffer): boolean {
  return start.equals(reply.subarray(0, start.length));
}
