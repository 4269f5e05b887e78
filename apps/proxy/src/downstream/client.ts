/**
 * One client connection: requests in, replies out in the order of the requests, however they come back.
 * It handles requests until something blocks it (blocked.ts), and goes on when that is over.
 * While it is blocked its input is kept up to a mark, then its socket is not read: TCP tells the client.
 * One that shuts down its side is still answered, and then closed; the replies to one that is reset come to nobody.
 */
import { encode, ProtocolError, RequestFramer, type RespVersion } from '@keyfleet/resp';
import {
  databaseOf,
  PLAIN_CLASS,
  versionOf,
  type ConnectionClass,
} from '../upstream/connection-class.ts';
import type { ReplySink } from '../upstream/reply-sink.ts';
import type { Parkable, ParkingPlace } from '../route/parking.ts';
import type { Connection, ConnectionHandler } from '../transport/transport.ts';
import type { TurnTask } from '../turn.ts';
import { ALONE, CLOSING, inputBytesMaxOf, OUTPUT, PARKED, QUIET, WINDOW } from './blocked.ts';
import type { ClientEnv } from './client-env.ts';
import { newFacts } from './client-facts.ts';
import { MODE } from './mode.ts';
import { MutedReplies } from './muted-replies.ts';
import { Outbox } from './outbox.ts';
import { ReplyRing } from './reply-ring.ts';
import { ReplyWindow } from './reply-window.ts';

export class Client implements ConnectionHandler, ReplySink, Parkable, TurnTask {
  queued = false;
  readonly owner = this;
  readonly id: number;
  readonly connection: Connection;
  /** Replaced while a command of a transaction is answered (session/emulate.ts). */
  request: RequestFramer;
  readonly facts = newFacts();
  /** Bits of MODE. */
  mode: number = MODE.plain;
  /** Changed only while nothing is pending. */
  connectionClass: ConnectionClass = PLAIN_CLASS;
  isClosed = false;
  parkedAt: ParkingPlace | null = null;
  parkDeadlineMs: number | null = null;
  /** Of replies that wait for their other parts; kept by Gather. */
  gatheredBytes = 0;
  /** Of commands between MULTI and EXEC, kept by their transaction; of names, kept by Subscriptions. */
  queuedBytes = 0;
  subscribedBytes = 0;
  /** Not undefined: the next answer goes here instead of to the client, whatever is pending. */
  captured: Uint8Array | null | undefined;

  readonly #env: ClientEnv;
  readonly #ring: ReplyRing;
  readonly #window: ReplyWindow;
  readonly #outbox: Outbox;
  #blocked = 0;
  #isPaused = false;
  /** It has the beginning of a reply, and not its end. */
  #isInParts = false;
  /** It will send no more, and waits for its replies. */
  hasEnded = false;
  /** The next request is answered with it instead of being dispatched. */
  #nextError: Uint8Array | null = null;
  #resume: TurnTask | null = null;
  #muted: MutedReplies | null = null;

  constructor(id: number, connection: Connection, env: ClientEnv) {
    this.id = id;
    this.connection = connection;
    this.#env = env;
    this.request = new RequestFramer(env.limits, env.largeBlocks);
    this.#window = new ReplyWindow(env.limits.pendingMax, env.limits.outputBytesMax);
    this.#ring = new ReplyRing(env.blocks.small);
    this.#outbox = new Outbox(env.blocks);
  }

  get respVersion(): RespVersion {
    return versionOf(this.connectionClass);
  }

  get database(): number {
    return databaseOf(this.connectionClass);
  }

  /** Its current request was neither sent nor answered. */
  get isWaiting(): boolean {
    return (this.#blocked & (PARKED | QUIET)) !== 0;
  }

  get pendingCount(): number {
    return this.#ring.length;
  }

  /** What is pending now is answered when `head` has come to where `tail` is now. */
  get places(): { readonly head: number; readonly tail: number } {
    return this.#ring;
  }

  /** Bytes that the proxy keeps for it. */
  get heldBytes(): number {
    if (this.isClosed) return 0;
    const kept = this.gatheredBytes + this.queuedBytes + this.subscribedBytes;
    return this.unreadBytes + kept + this.request.bufferedBytes;
  }

  get unreadBytes(): number {
    return this.#ring.bytes + this.#outbox.waitingBytes + this.connection.unsentBytes;
  }

  get parkedBytes(): number {
    const { request } = this;
    return this.queuedBytes + request.bufferedBytes + request.end - request.start;
  }

  /** Takes the place of the current request's reply. */
  reserve(): number {
    const token = this.#ring.reserve();
    if ((this.mode & MODE.muted) !== 0 && !this.#muted!.note(token)) this.mode &= ~MODE.muted;
    return token;
  }

  /** The next `count` requests get no reply; Infinity: until it is 0 again. */
  mute(count: number): void {
    this.mode |= MODE.muted;
    this.#muted ??= new MutedReplies();
    this.#muted.mute(count);
  }

  /** Answers the current request. */
  answer(reply: Uint8Array): void {
    if (this.captured !== undefined) {
      this.captured = reply;
      return;
    }
    const token = this.reserve();
    const length = this.#muted?.take(token) === true ? 0 : reply.length;
    if (token === this.#ring.head) this.#gatherReply(reply, 0, length);
    else this.#ring.put(token, reply, 0, length);
    this.#noteReply(length);
  }

  /** The current request is tried again when `place` wakes its parked clients. */
  waitFor(place: ParkingPlace): void {
    this.request.unread();
    this.parkedAt = place;
    this.#blocked |= PARKED;
  }

  /** The current request is tried again when no reply is pending. True: it is so already. */
  isQuietOrWaits(): boolean {
    if (this.#ring.length === 0 || this.captured !== undefined) return true;
    this.request.unread();
    this.#blocked |= QUIET;
    return false;
  }

  /** No further request is looked at until all so far are answered. */
  stayAlone(): void {
    if (this.#ring.length > 0) this.#blocked |= ALONE;
  }

  /** Says something that is no reply. Usual: behind the pending ones, unless these take long or confirm subscriptions. */
  push(bytes: Uint8Array, order: 'usual' | 'behind' | 'ahead' = 'usual', isKept = false): void {
    if (this.isClosed) return;
    const waitsLong = ((this.mode & MODE.confirming) | (this.#blocked & ALONE)) !== 0;
    const isAhead = order === 'ahead' || (order === 'usual' && waitsLong && !this.#ring.hasPush);
    if (this.#ring.length > 0 && !isAhead) return this.#ring.putPush(bytes);
    this.#outbox.appendWhole(bytes, isKept);
    // A turn may bring many to many clients: what the kernel takes need not be kept here.
    if (this.#outbox.isWorthWrite) this.#flush();
    else this.#env.turn.atEnd(this);
  }

  unpark(): void {
    this.parkedAt = null;
    this.#goOnWithout(PARKED);
  }

  failParked(error: Uint8Array): void {
    this.#nextError = error;
    this.unpark();
  }

  /** Takes no further requests; closes when the pending ones are answered and sent. */
  closeWhenDone(): void {
    this.#blocked |= CLOSING;
    // What still comes is dropped; a socket that is not read would never tell that the client left.
    this.#readOn();
    this.#env.turn.atEnd(this);
  }

  /** Closes at once; what it sent and what it waits for is dropped. */
  cutOff(): void {
    this.#blocked |= CLOSING;
    this.connection.destroy();
  }

  /** For the memory budget. What it sent and waits for has an unknown outcome. */
  shed(because: string): void {
    const code = this.#ring.length > 0 ? 'UNCERTAIN' : 'ERR';
    const isBetweenReplies = this.connection.unsentBytes === 0 && !this.#isInParts;
    this.#blocked |= CLOSING;
    this.#giveUp();
    if (!isBetweenReplies) return this.connection.destroy();
    const error = encode.errorReply(`${code} ${because}`);
    this.connection.write(error, 0, error.length);
    // What the kernel did not take would wait for a client that may never read.
    if (this.connection.unsentBytes > 0) this.connection.destroy();
    else this.connection.end();
  }

  onOpen(): void {
    // Accepted connections are open from the start.
  }

  onData(bytes: Uint8Array, length: number): void {
    if ((this.#blocked & CLOSING) !== 0) return;
    this.#env.noteRead(length);
    this.facts.lastDataMs = this.#env.recent.nowMs;
    this.request.push(bytes, length);
    if (this.#blocked === 0) return this.#handleRequests();
    this.request.keep();
    if (this.request.bufferedBytes >= inputBytesMaxOf(this.mode, this.#env.limits)) this.#pause();
  }

  /** It sent everything: what is whole is still answered, as Redis does, but for what may never come. */
  onEnd(): void {
    this.hasEnded = true;
    if (this.mode & MODE.blocked || this.parkedAt?.isEndless) return this.cutOff();
    // One that is about to go on has requests left, and is closed behind them.
    if (this.#blocked === 0 && this.#resume?.queued !== true) this.closeWhenDone();
  }

  onReply(token: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.isClosed) return;
    if (this.#muted?.take(token) === true) end = start;
    if (token !== this.#ring.head) this.#ring.put(token, bytes, start, end);
    else if (this.#ring.length === 1 && this.#outbox.waitingBytes === 0) {
      // Nothing else is on its way to it: no reason to wait for the end of the turn, or to copy.
      this.#ring.pass();
      this.connection.write(bytes, start, end);
      this.#noteSent();
    } else {
      this.#gatherReply(bytes, start, end);
      if (this.#ring.length === 0) this.#flush();
    }
    this.#noteReply(end - start);
  }

  /** What comes for one that is gone is dropped, and needs no room either. */
  takesParts(token: number): boolean {
    return this.isClosed || (token === this.#ring.head && this.#muted?.has(token) !== true);
  }

  onPart(_token: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.isClosed) return;
    if (!this.#isInParts && this.#outbox.waitingBytes > 0) this.#outbox.flush(this.connection);
    this.#isInParts = true;
    this.connection.write(bytes, start, end);
    this.#noteSent();
  }

  /** Half a reply cannot be taken back: without its end there is nothing left to say. */
  onPartsEnd(_token: number, isWhole: boolean, length: number): void {
    if (this.isClosed) return;
    this.#isInParts = false;
    if (!isWhole) return this.cutOff();
    this.#ring.pass();
    this.#ring.passInto(this.#outbox);
    if (this.#ring.length === 0) this.#flush();
    else this.#env.turn.atEnd(this);
    this.#noteReply(length);
  }

  onFailure(token: number, error: Uint8Array): void {
    this.onReply(token, error, 0, error.length);
  }

  onDrain(): void {
    if ((this.#blocked & OUTPUT) !== 0) this.#goOnWithout(OUTPUT);
  }

  onClose(): void {
    this.#giveUp();
    this.parkedAt?.parking.leave(this);
    this.#env.onClosed(this);
  }

  /** The end of a turn: what was answered in it goes out in one write. */
  runTurn(): void {
    if (this.isClosed) return;
    if (this.#outbox.mayWait(this.#ring.length > 0)) return this.#env.turn.atEnd(this);
    this.#flush();
    // What was answered without a server filled the window, and is gone now.
    if ((this.#blocked & WINDOW) !== 0) this.#noteProgress();
  }

  /** Servers may still owe it replies, and hold on to it until these come. */
  #giveUp(): void {
    this.isClosed = true;
    this.#outbox.clear();
    this.#ring.clear();
    this.request.clear();
  }

  /** The head's reply, and those that waited for it. */
  #gatherReply(bytes: Uint8Array, start: number, end: number): void {
    this.#ring.pass();
    this.#outbox.append(bytes, start, end);
    this.#ring.passInto(this.#outbox);
    this.#env.turn.atEnd(this);
  }

  #noteReply(length: number): void {
    this.#window.note(length);
    if (this.#blocked !== 0) this.#noteProgress();
  }

  /** In the middle of a reply there can be pushes only, which wait for its end. */
  #flush(): void {
    if (this.#outbox.waitingBytes > 0 && !this.#isInParts) this.#outbox.flush(this.connection);
    this.#noteSent();
  }

  #noteSent(): void {
    if (this.connection.unsentBytes > this.#env.limits.outputBytesMax) this.#blocked |= OUTPUT;
    if ((this.#blocked & CLOSING) !== 0 && this.#ring.length === 0) this.connection.end();
  }

  #handleRequests(): void {
    try {
      this.#handleWhole();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.answer(encode.errorReply(`ERR ${error.message}`));
      this.closeWhenDone();
    }
    if (this.hasEnded && this.#blocked === 0) this.closeWhenDone();
    // The window may have been filled by replies that the proxy gave at once.
    if (this.#blocked !== 0) this.#noteProgress();
  }

  #handleWhole(): void {
    const { request } = this;
    while (this.#blocked === 0 && request.next()) {
      if (this.#nextError === null) this.#env.dispatch(this);
      else this.#answerError();
      if (this.isWaiting) break;
      this.facts.requests++;
      this.parkDeadlineMs = null;
      if (this.#ring.length >= this.#window.size || this.#holdsTooMuch()) this.#blocked |= WINDOW;
    }
    request.keep();
  }

  #answerError(): void {
    const error = this.#nextError!;
    this.#nextError = null;
    this.answer(error);
    this.#env.onUnserved(this);
  }

  #holdsTooMuch(): boolean {
    return this.#ring.bytes + this.#outbox.waitingBytes > this.#env.limits.outputBytesMax;
  }

  /** Replies came while it is blocked: is that over? */
  #noteProgress(): void {
    const pending = this.#ring.length;
    if (pending === 0) this.#goOnWithout(QUIET | ALONE);
    if (pending <= this.#window.size / 2 && !this.#holdsTooMuch()) this.#goOnWithout(WINDOW);
  }

  #goOnWithout(reasons: number): void {
    if ((this.#blocked & reasons) === 0) return;
    this.#blocked &= ~reasons;
    if (this.#blocked !== 0 || this.isClosed) return;
    this.#resume ??= { queued: false, runTurn: () => this.#goOn() };
    this.#env.turn.soon(this.#resume);
  }

  #goOn(): void {
    if (this.isClosed || this.#blocked !== 0) return;
    this.#handleRequests();
    // Unblocked it reads on whatever is kept: it may be the start of a request that is longer than the mark.
    const inputBytesMax = inputBytesMaxOf(this.mode, this.#env.limits);
    if (this.#blocked === 0 || this.request.bufferedBytes < inputBytesMax) this.#readOn();
  }

  #pause(): void {
    if ((this.mode & MODE.blocked) !== 0) return this.cutOff();
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.connection.pause();
  }

  #readOn(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.connection.resume();
  }
}
