/**
 * One connection to one server, shared by all clients. Replies come in the order of requests, so they are matched by
 * position; RESP3 pushes come between replies and take no position.
 *
 * **Invariant:** no client command leaves before the server proved, on this very connection, to be the life (run id)
 * and the role that the topology says (design §5); a busy one hears what may end its script (shard-line.ts).
 * **Invariant:** a reply is passed on only if the lease holds, in the generation of this connection, by a clock that was
 * read after the reply (protocol P3).
 */
import { invariant } from '@keyfleet/runtime';
import { ProtocolError, ReplyFramer } from '@keyfleet/resp';
import { errors } from '../route/replies.ts';
import type { Connection, ConnectionHandler } from '../transport/transport.ts';
import { copyBytes } from '../transport/blocks.ts';
import { toMicroseconds, type TurnTask } from '../turn.ts';
import type { Credentials } from './credentials.ts';
import { InFlightRoom } from './in-flight-room.ts';
import { IdentityCheck, type Identity } from './identity-check.ts';
import { isLeased } from './lease.ts';
import { failLost, failTimedOut, judgeLost } from './lost-requests.ts';
import { PendingRing } from './pending-ring.ts';
import { RequestLog, type Segment } from './request-log.ts';
import { AnsweredWatches } from './answered-watches.ts';
import { Behind, unwatched } from './behind.ts';
import { readRedirect, type Redirect } from './redirect.ts';
import { GIVEN_UP, SEVERAL_SLOTS, type Outgoing } from './reply-sink.ts';
import type { Loss, UpstreamOwner } from './upstream-owner.ts';
import type { UpstreamEnv } from './upstream-env.ts';

const PUSH = 0x3e;
const ERROR = 0x2d;
/** Replies up to this are cut by the read buffer again and again: memory of its own each time cost half of GET 16 KB. */
const CUT_REPLY_BYTES_KEPT = 128 * 1024;

type State = 'connecting' | 'checking' | 'busy' | 'ready' | 'closed';

export class UpstreamConnection implements ConnectionHandler, TurnTask {
  queued = false;
  state: State = 'connecting';
  /** When the last reply came: what tells an idle connection. */
  lastUsedMs: number;
  /** When the oldest unanswered request became the oldest. */
  headSinceMs = 0;
  serverVersion = '';
  /** As whom it was opened. */
  credentials: Credentials | null = null;
  /** Tells the life of the server behind it from others: its run id, or, where it does not say that, its node. */
  life: string;
  /** By which the server knows a receiver. */
  serverClientId: number | null = null;
  /** Of the request that is being split: which part of it goes here (route/split-request.ts). */
  readonly split = { round: 0, part: 0 };
  readonly identity: Identity;
  readonly #env: UpstreamEnv;
  readonly #owner: UpstreamOwner;
  readonly #generation: number;
  readonly #connection: Connection;
  readonly #log: RequestLog;
  readonly #pending = new PendingRing();
  readonly #framer: ReplyFramer;
  /** While the exchange is under way. */
  #check: IdentityCheck | null = null;
  readonly #room: InFlightRoom;
  /** When the replies at hand were read. */
  #readUs = 0;
  /** Of the reply that comes in parts: how much came. */
  #partsBytes = 0;
  readonly #watches = new AnsweredWatches();

  constructor(identity: Identity, env: UpstreamEnv, owner: UpstreamOwner) {
    this.identity = identity;
    this.life = identity.runId || identity.node;
    this.#env = env;
    this.#owner = owner;
    this.#generation = env.lease.generation;
    this.#room = new InFlightRoom(env.limits);
    this.#log = new RequestLog(env.blocks, env.largeBlocks);
    this.#framer = new ReplyFramer({ idleBytesMax: CUT_REPLY_BYTES_KEPT }, env.largeBlocks);
    this.lastUsedMs = env.monotonicMs();
    const { host, port } = identity;
    const { connectTimeoutMs: timeoutMs } = env.limits;
    this.#connection = env.transport.connect({ host, port, timeoutMs }, this);
  }

  get pendingCount(): number {
    return this.#pending.length;
  }

  /** The position after the last request so far: all before it are answered when `answeredTo` has come there. */
  get position(): number {
    return this.#pending.tail;
  }

  get answeredTo(): number {
    return this.#pending.head;
  }

  hasRoom(): boolean {
    return this.state === 'ready' && this.#room.isThere(this.#pending);
  }

  /** Its server is back after a fault. */
  startSmall(): void {
    this.#room.startSmall();
  }

  /** Has no room until `free`, and tells its owner of whatever comes. */
  hold(): void {
    this.#room.hold();
  }

  free(): void {
    this.#room.free();
  }

  /** Calls `done` when all that is pending now is answered, or lost. */
  whenAnswered(done: () => void): void {
    this.#watches.add(this.position, done);
  }

  /** Copies the request. Only when `hasRoom`, or, for one that knows what it does, when it is busy. */
  send(request: Outgoing): void {
    const { bytes, start, end } = request;
    const segment = this.reserve(request);
    copyBytes(bytes, start, end, segment.bytes, segment.used - (end - start));
  }

  /** The same for a request whose memory is given away with it. */
  sendWithMemory(request: Outgoing): void {
    this.#note(request, this.#log.adopt(request.bytes, request.start, request.end));
  }

  /** The same for a request that the caller writes, within this turn: its bytes are the last used ones of the segment. */
  reserve(request: Outgoing): Segment {
    const segment = this.#log.reserve(request.end - request.start);
    this.#note(request, segment);
    return segment;
  }

  #note(request: Outgoing, segment: Segment): void {
    invariant(this.#isListening(), 'send on a connection that is not ready');
    const { turn } = this.#env;
    turn.atEnd(this);
    if (this.#pending.length === 0) this.headSinceMs = this.#env.monotonicMs();
    this.#pending.push(request, segment, request.sinceUs === 0 ? turn.startedUs : request.sinceUs);
  }

  /**
   * Answers what was sent `us` ago or longer with an error. Its place is kept, and what still comes for it is for nobody:
   * what was sent behind it goes on.
   */
  timeOut(us: number): void {
    const nowUs = toMicroseconds(this.#env.monotonicMs());
    // One whose reply is being passed on is answered.
    const first = this.#pending.head + (this.#framer.partLeftBytes > 0 ? 1 : 0);
    const next = (): Outgoing | null => this.#pending.giveUp(first, nowUs, us);
    for (let request = next(); request !== null; request = next())
      failTimedOut(request, this.identity.node, this.#env);
  }

  /** While it is busy, and nothing of what was asked meanwhile is pending. */
  checkAgain(): void {
    if (this.state !== 'busy' || this.#pending.length > 0) return;
    this.state = 'checking';
    this.#ask(this.#check!);
  }

  /** Only while nothing is pending: the owner hears nothing of it. */
  closeIdle(): void {
    invariant(this.#pending.length === 0, 'closeIdle with requests pending');
    this.state = 'closed';
    this.#connection.destroy();
  }

  /** Ends it: nobody waits for what is pending, and its owner hears nothing. */
  discard(): void {
    this.state = 'closed';
    this.#connection.destroy();
    this.#pending.takeAll();
    this.#watches.tell(Infinity);
  }

  /**
   * Ends it now, by our own decision: nothing that it still brings is passed on. With `mayResend` what may go elsewhere
   * does, else (a lapsed lease) everything is answered as unknown.
   */
  retire(because: string, mayResend: boolean): void {
    this.#end({ because, isFault: false }, mayResend);
  }

  /** Ends it for what the server did, or did not do. */
  fail(because: string): void {
    this.#end({ because, isFault: true }, true);
  }

  onOpen(): void {
    this.state = 'checking';
    const { credentials } = this.#env;
    if (credentials === null) return this.#startCheck(null);
    credentials.read(this.identity.shard).then(
      (read) => this.#startCheck(read),
      (error: unknown) => this.fail((error as Error).message),
    );
  }

  onData(bytes: Uint8Array, length: number): void {
    if (this.#isClosed()) return;
    this.#env.noteRead(length);
    const nowMs = this.#env.monotonicMs();
    if (this.state !== 'checking' && !isLeased(this.#env, this.#generation, nowMs))
      return this.retire('the lease lapsed', false);
    this.lastUsedMs = this.headSinceMs = nowMs;
    this.#readUs = toMicroseconds(nowMs);
    try {
      this.#takeReplies(bytes, length);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return this.fail(error.message);
    }
    if (this.#room.wasFull) this.#noteProgress();
    if (this.#watches.length > 0) this.#watches.tell(this.answeredTo);
  }

  onEnd(): void {
    // The transport closes connections that we opened when the server ends them.
  }

  onDrain(): void {
    // What is unsent counts as in flight; replies make room, not the socket.
  }

  onClose(error: Error | undefined): void {
    this.fail(error?.message ?? 'it closed the connection');
  }

  runTurn(): void {
    if (!this.#isListening()) return;
    this.#log.flush(this.#connection);
    this.#pending.markSent(this.#env.turn.flushingUs);
  }

  #startCheck(credentials: Credentials | null): void {
    if (this.#isClosed()) return;
    this.credentials = credentials;
    this.#check = new IdentityCheck(this.identity, credentials, this.#env.traits);
    this.#ask(this.#check);
  }

  #ask(check: IdentityCheck): void {
    const request = check.request();
    this.#connection.write(request, 0, request.length);
  }

  #takeReplies(bytes: Uint8Array, length: number): void {
    const framer = this.#framer;
    framer.push(bytes, length);
    if (framer.partLeftBytes > 0 && framer.nextPart()) this.#onPart();
    if (framer.partLeftBytes === 0) {
      while (!this.#isClosed() && framer.next()) this.#onReply();
      if (!this.#isClosed()) this.#beginParts();
    }
    framer.keep();
  }

  /** A large reply that is not whole yet is passed on as it comes, where nothing has to wait for it. */
  #beginParts(): void {
    const pending = this.#pending;
    if (this.#check !== null || pending.length === 0) return;
    if (!pending.headSink().takesParts(pending.headToken())) return;
    this.#partsBytes = 0;
    if (this.#framer.firstPart(this.#env.limits.partedBytesMin)) this.#onPart();
  }

  #onPart(): void {
    const { bytes, start, end, partLeftBytes } = this.#framer;
    const sink = this.#pending.headSink();
    const token = this.#pending.headToken();
    this.#partsBytes += end - start;
    sink.onPart(token, bytes, start, end);
    if (partLeftBytes > 0 || this.#isClosed()) return;
    this.#tellIfSlow();
    this.#log.release(this.#pending.shift());
    sink.onPartsEnd(token, true, this.#partsBytes);
  }

  #onReply(): void {
    const framer = this.#framer;
    const pending = this.#pending;
    if (framer.type === PUSH) {
      if (this.#check === null) this.#owner.onPush(this, framer.bytes, framer.start, framer.end);
      return;
    }
    if (this.#check !== null && this.state === 'checking') return this.#onCheckReply(this.#check);
    if (pending.length === 0) throw new ProtocolError('A reply came that nobody asked for');
    if (framer.type === ERROR && this.#onError()) return;
    const sink = pending.headSink();
    const token = pending.headToken();
    this.#tellIfSlow();
    this.#log.release(pending.shift());
    sink.onReply(token, framer.bytes, framer.start, framer.end);
  }

  /** True: it is no reply to what is pending, or somebody else takes care of that. */
  #onError(): boolean {
    const { bytes, start, end } = this.#framer;
    if (this.#pending.headSink().takesErrorAhead?.(bytes, start) === true) return true;
    if (this.identity.role === 'master') return this.#env.traits.redirects && this.#isRefused();
    // Of a replica, whatever is wrong: the primary is asked.
    this.#owner.onErrorReply?.(this, this.#pending.takeHead(this.#log), bytes.subarray(start, end));
    return this.#owner.onErrorReply !== undefined;
  }

  /** It was not done, and may be done elsewhere, or later. Requests that belong together have no slot. */
  #isRefused(): boolean {
    const pending = this.#pending;
    const { bytes, start, end } = this.#framer;
    if (pending.headSlot() === SEVERAL_SLOTS) return false;
    const redirect = readRedirect(bytes, start, end);
    if (redirect === null) return false;
    const request = pending.takeHead(this.#log);
    request.sink = unwatched(request.sink);
    this.refuse(request, redirect, new Uint8Array(bytes.subarray(start, end)));
    return true;
  }

  /** What is pending here must not come before `request`. */
  watchBehind(request: Outgoing, behind: Behind): void {
    this.#pending.resink(request, (sink) => behind.watch(sink));
  }

  /** The server said of `request`, which is pending no more, or of several that it stands for, that it did not do it. */
  refuse(request: Outgoing, redirect: Redirect, error: Uint8Array): void {
    const behind = new Behind();
    if (redirect.kind === 'later') this.watchBehind(request, behind);
    this.#owner.onRefused(this, { request, redirect, error, behind });
  }

  #tellIfSlow(): void {
    const { slow } = this.#env;
    if (((this.#readUs - this.#pending.headSinceUs()) | 0) < slow.thresholdUs) return;
    if (this.#pending.headSink() !== GIVEN_UP && slow.hasRoom(this.#readUs))
      slow.onSlow(this.#pending.slowHead(this.identity.node, this.#readUs));
  }

  #onCheckReply(check: IdentityCheck): void {
    const { bytes, start, end } = this.#framer;
    const outcome = check.onReply(bytes, start, end);
    if (outcome === 'more') return;
    if (outcome === 'busy') {
      this.state = 'busy';
      return this.#owner.onBusy(this, check.busyError!);
    }
    if (check.isRefused) this.#env.credentials?.refuse(this.credentials!);
    if (outcome !== 'same') return this.fail(outcome);
    this.serverVersion = check.serverVersion;
    this.life = check.runId || this.life;
    this.serverClientId = check.clientId;
    this.#check = null;
    this.state = 'ready';
    this.#owner.onRoom(this);
  }

  #isListening(): boolean {
    return this.state === 'ready' || this.state === 'busy';
  }

  /** A method, because a call in between may have changed what the compiler believes it knows. */
  #isClosed(): boolean {
    return this.state === 'closed';
  }

  #noteProgress(): void {
    if (this.#room.isHeld) this.#owner.onMoved(this);
    else if (this.#room.isAgain(this.#pending)) this.#owner.onRoom(this);
  }

  #end(loss: Omit<Loss, 'resend'>, mayResend: boolean): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.#connection.destroy();
    this.#breakParts();
    const { requests: lost, sentCount } = this.#pending.takeAll();
    const unknown = (request: Outgoing) => ({ request, error: errors.unknownOutcome });
    const { resend, failed } = mayResend
      ? judgeLost(lost, sentCount, this.identity.role)
      : { resend: [], failed: lost.map(unknown) };
    for (const request of resend) request.sink = unwatched(request.sink);
    this.#owner.onLost(this, { ...loss, resend });
    failLost(failed, this.identity.node, this.#env);
    this.#watches.tell(Infinity);
  }

  /** Of a reply that its client has begun to read, the request cannot be sent again, and no error can be told. */
  #breakParts(): void {
    if (this.#framer.partLeftBytes === 0) return;
    const [sink, token] = [this.#pending.headSink(), this.#pending.headToken()];
    this.#pending.shift();
    sink.onPartsEnd(token, false, this.#partsBytes);
  }
}
