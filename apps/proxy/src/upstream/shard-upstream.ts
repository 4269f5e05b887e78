/**
 * The way to one shard's primary: connections by class, opened when they are needed and closed when idle, and what
 * waits for them. It is retargeted, not replaced, when the shard gets another primary.
 */
import type { TopologyNode } from '@keyfleet/topology';
import { sameServer } from './same-server.ts';
import { Parking } from '../route/parking.ts';
import { unreachable } from '../route/replies.ts';
import { BusyWatch, isLate } from './busy-watch.ts';
import { Circuit } from './circuit.ts';
import { LeftOvers, type LeftOver } from './left-overs.ts';
import {
  isTracked,
  PLAIN_CLASS,
  receiverOf,
  untracked,
  type ConnectionClass,
} from './connection-class.ts';
import { ASK_FOR_LIFE } from './own-requests.ts';
import type { Outgoing } from './reply-sink.ts';
import { sendAgain } from './send-again.ts';
import { LeavingConnections } from './leaving-connections.ts';
import { Patience } from './patience.ts';
import { ownerOfPrivate, type PrivateOwner } from './private-owner.ts';
import { ShardLine } from './shard-line.ts';
import { tellUnanswered } from './slow-request.ts';
import type { ShardEnv } from './shard-env.ts';
import { toMicroseconds } from '../turn.ts';
import { UpstreamConnection } from './upstream-connection.ts';
import type { Loss, Refused, UpstreamOwner } from './upstream-owner.ts';

export class ShardUpstream implements UpstreamOwner {
  readonly id: string;
  readonly parking: Parking;
  readonly line: ShardLine;
  target: TopologyNode | null = null;
  /** Tells the life of its primary from others, as far as it is known (UpstreamConnection.life). */
  life = '';
  readonly #env: ShardEnv;
  readonly #connections = new Map<ConnectionClass, UpstreamConnection>();
  readonly #privates = new Map<UpstreamConnection, PrivateOwner>();
  readonly #leaving = new LeavingConnections();
  readonly #leftOvers = new LeftOvers();
  readonly #busy: BusyWatch;
  /** Classes of connection that parked clients ask for. */
  readonly #wanted = new Set<ConnectionClass>();
  readonly #circuit: Circuit;
  readonly #patience: Patience;

  constructor(id: string, env: ShardEnv) {
    this.id = id;
    this.#env = env;
    this.parking = new Parking(env.shardLimits);
    this.#circuit = new Circuit(env.shardLimits);
    this.line = new ShardLine(this);
    this.#busy = new BusyWatch({
      line: this.line,
      monotonicMs: env.monotonicMs,
      onBusy: (error) => this.#hold(error),
      onCalm: () => this.#free(),
    });
    this.#patience = new Patience({
      busy: this.#busy,
      limits: env.shardLimits,
      upstreamLimits: env.limits,
    });
  }

  /** A connection that takes a command of `owner` now, or null: then it is parked or, if `refusal`, answered. */
  ready(connectionClass: ConnectionClass, owner: object): UpstreamConnection | null {
    const connection = this.#connections.get(connectionClass);
    if (connection === undefined) {
      this.#wanted.add(connectionClass);
      this.#open(connectionClass);
      return null;
    }
    if (this.#leftOvers.length > 0 && this.#leftOvers.has(owner)) return null;
    return connection.hasRoom() ? connection : null;
  }

  /** The error for commands that cannot be sent and need not wait; else null. */
  refusal(nowMs: number): Uint8Array | null {
    return this.busyError ?? this.downError(nowMs);
  }

  /** What the server says to everybody while it runs a script for too long; else null. */
  get busyError(): Uint8Array | null {
    return this.#busy.error;
  }

  /** The error for commands of a shard that has been away for longer than commands wait, and was tried; else null. */
  downError(nowMs: number): Uint8Array | null {
    const because = this.#circuit.givenUpBecause(nowMs);
    return because === null ? null : unreachable(this.id, because);
  }

  /**
   * Points at another primary (or life of it). What is pending at the former one has an unknown outcome; but where
   * servers tell what they do not do any more, they are given the time to say so.
   */
  retarget(target: TopologyNode | null): void {
    const { target: former } = this;
    this.target = target;
    if (sameServer(former, target)) return;
    this.life = target === null ? '' : target.runId || target.id;
    this.#circuit.reset();
    if (this.#env.traits.redirects) this.#leave();
    this.retireAll('the shard has another primary', true);
    this.#busy.end();
    if (target !== null) this.#open(PLAIN_CLASS);
  }

  retireAll(because: string, mayResend: boolean): void {
    for (const connection of this.#all()) connection.retire(because, mayResend);
    if (!mayResend) this.#leaving.retireAll(because);
  }

  /** Nothing more is sent to the former primary. */
  #leave(): void {
    for (const [connectionClass, connection] of [...this.#connections]) {
      // Who was told by it is to know that it is told no more.
      if (isTracked(connectionClass) || connection.pendingCount === 0) continue;
      this.#connections.delete(connectionClass);
      this.#leaving.add(connection, this.#env.monotonicMs());
    }
  }

  /**
   * A connection besides those that all share; it is on its way. Null: there is no primary, or its last connection just
   * failed. Nothing of it is ever sent elsewhere.
   */
  openPrivate(connectionClass: ConnectionClass, owner: PrivateOwner): UpstreamConnection | null {
    if (!this.#mayConnect(this.target)) return null;
    // What is read there has no place to be tracked in: who reads is told to forget it at once (tracking/).
    const heard = ownerOfPrivate(owner, {
      onBusy: (error) => this.#busy.note(error),
      onGone: (of) => this.#privates.delete(of),
    });
    const connection = this.#connect(this.target, untracked(connectionClass), heard);
    this.#privates.set(connection, owner);
    return connection;
  }

  /** Its owner needs it no more. */
  closePrivate(connection: UpstreamConnection): void {
    this.#privates.delete(connection);
    connection.discard();
  }

  /** Keeps a request that a lost connection left over, or a server refused, until `goOn`. */
  enqueue(item: LeftOver): void {
    this.#leftOvers.add(item);
    this.#open(item.connectionClass);
  }

  /** Whether a request that was refused may wait here. */
  hasRoomFor(bytes: number): boolean {
    const { holdQueueMax, holdQueueBytesMax } = this.#env.shardLimits;
    return (
      this.#leftOvers.length < holdQueueMax && this.#leftOvers.bytes + bytes <= holdQueueBytesMax
    );
  }

  /** Something waited for its time, which has come. */
  isDue(nowMs: number): boolean {
    return this.#leftOvers.length > 0 && this.#leftOvers.isDue(nowMs);
  }

  /** Its former primary owes replies. */
  get isLeaving(): boolean {
    return this.#leaving.all().length > 0;
  }

  /** Shared connections on which replies are owed, those to a former primary among them. */
  owing(): UpstreamConnection[] {
    const all = [...this.#connections.values(), ...this.#leaving.all()];
    return all.filter(({ pendingCount }) => pendingCount > 0);
  }

  /** Sends what was left over, as far as `mayPass` lets it; then lets parked clients try again. */
  goOn(mayPass: (request: Outgoing) => boolean): void {
    this.#leftOvers.sendAll(this.#env.monotonicMs(), ({ request, connectionClass, refused }) => {
      const connection = this.#connections.get(connectionClass);
      if (connection === undefined || !connection.hasRoom() || !mayPass(request)) return false;
      sendAgain(connection, request, refused?.asks === true);
      return true;
    });
    this.parking.wakeAll();
  }

  /** Gives back what was left over, to be routed anew. */
  takeLeftOvers(): LeftOver[] {
    return this.#leftOvers.takeAll();
  }

  /** The same for what is about one slot. */
  takeLeftOversOf(slot: number): LeftOver[] {
    return this.#leftOvers.takeOf(slot);
  }

  hasLeftOverOf(owner: object, slot: number): boolean {
    return this.#leftOvers.hasOf(owner, slot);
  }

  /** Resolves when all that is pending now is answered; a connection that is not done after `drainMs` is retired. */
  async drain(drainMs: number, sleep: (ms: number) => Promise<void>): Promise<void> {
    for (const owner of this.#privates.values()) owner.onDrain();
    let open = this.#all().map((of) => ({ of, position: of.position }));
    const deadlineMs = this.#env.monotonicMs() + drainMs;
    for (;;) {
      open = open.filter(({ of, position }) => of.answeredTo < position);
      if (open.length === 0) return;
      if (this.#env.monotonicMs() < deadlineMs) await sleep(1);
      else for (const { of } of open) of.retire('a hold could not drain it', true);
    }
  }

  /** Called some times a second: deadlines, reconnects, idle connections. */
  sweep(nowMs: number): void {
    this.#patience.look(nowMs);
    if (!this.#busy.isCalm || isLate(this.#connections.values(), nowMs)) this.#askBusy();
    // Who is parked behind a request of its own can go on when that is answered.
    const node = this.target?.id ?? this.id;
    const at = { node, nowUs: toMicroseconds(nowMs), wasSent: false };
    const tell = (request: Outgoing): void => tellUnanswered(this.#env.slow, request, at);
    if (this.#leftOvers.expire(nowMs, tell)) this.parking.wakeAll();
    const down = this.downError(nowMs);
    if (down !== null) this.parking.failAll(down);
    this.parking.expire(nowMs);
    this.#reopen();
    for (const connection of [...this.#connections.values()])
      this.#sweepConnection(connection, nowMs);
    for (const [connection, owner] of [...this.#privates])
      this.#sweepPrivate(connection, owner, nowMs);
    this.#leaving.sweep(nowMs);
  }

  /** A shard that is down is tried, whether somebody asks for it or not: else nobody would know when it is back. */
  #reopen(): void {
    if (this.parking.length === 0) this.#wanted.clear();
    for (const connectionClass of this.#wanted) this.#open(connectionClass);
    for (const connectionClass of this.#leftOvers.classes()) this.#open(connectionClass);
    if (this.#circuit.isDown) this.#open(PLAIN_CLASS);
  }

  /** Not those of its own on which a client waits for what may take long. */
  promptConnections(): UpstreamConnection[] {
    return this.#all().filter((one) => !this.#privates.has(one) || one.pendingCount === 0);
  }

  pendingCount(): number {
    return this.#all().reduce((sum, connection) => sum + connection.pendingCount, 0);
  }

  /** Connected at some time since it points where it points, or busy, and not down now. */
  isReachable(): boolean {
    return (this.#circuit.wasReady || !this.#busy.isCalm) && !this.#circuit.isDown;
  }

  /** Connected once, or tried in vain. */
  isTried(): boolean {
    return this.isReachable() || this.#circuit.isDown || this.target === null;
  }

  onBusy(_connection: UpstreamConnection, error: Uint8Array): void {
    this.#busy.note(error);
  }

  onMoved(): void {
    this.#busy.doubt();
  }

  onRefused(connection: UpstreamConnection, refused: Refused): void {
    this.#env.onRefused(this, connection, refused);
  }

  onRoom(connection: UpstreamConnection): void {
    if (this.#leaving.has(connection)) return;
    this.#busy.end();
    this.#env.trouble.serverVersion = connection.serverVersion;
    this.life = connection.life;
    // Not one that was full for a while.
    const isNew = connection.position === 0;
    if (isNew && this.#circuit.isAfterFault) connection.startSmall();
    this.#circuit.onReady();
    const { connectionClass } = connection.identity;
    if (isNew && isTracked(connectionClass)) this.#env.tracked().onReady(this, connectionClass);
    this.#env.onReady(this);
  }

  onLost(connection: UpstreamConnection, { because, isFault, resend }: Loss): void {
    const { connectionClass } = connection.identity;
    if (this.#connections.get(connectionClass) === connection)
      this.#connections.delete(connectionClass);
    if (isTracked(connectionClass)) this.#endTracking(connectionClass);
    const isFormer = this.#leaving.delete(connection);
    if (isFault && !isFormer && connection.identity.runId === this.target?.runId)
      this.#noteLoss(because);
    if (isFault) this.#env.counters.serverLosses++;
    this.#env.counters.resent += resend.length;
    for (const request of resend) this.#env.resend(request, connectionClass);
    if (!isFormer) this.#busy.end();
  }

  onPush(connection: UpstreamConnection, bytes: Uint8Array, start: number, end: number): void {
    const { connectionClass } = connection.identity;
    this.#env.tracked().onPush(this, connectionClass, bytes.subarray(start, end));
  }

  #askBusy(): void {
    for (const connection of this.#all()) connection.checkAgain();
    this.#busy.check();
  }

  /** The server takes nothing: it says so itself, and so are those told who wait to be sent. */
  #hold(error: Uint8Array): void {
    this.#env.trouble.noteBusy(this.id, true);
    this.#circuit.end();
    for (const connection of this.#connections.values()) connection.hold();
    for (const { request } of this.#leftOvers.takeAll())
      request.sink.onFailure(request.token, error);
    this.parking.wakeAll();
  }

  #free(): void {
    this.#env.trouble.noteBusy(this.id, false);
    for (const connection of this.#connections.values()) connection.free();
    for (const connection of this.#all()) connection.checkAgain();
    this.#env.onReady(this);
  }

  #all(): UpstreamConnection[] {
    return [...this.#connections.values(), ...this.#privates.keys()];
  }

  #noteLoss(because: string): void {
    const isLast = ![...this.#connections.values()].some(({ state }) => state === 'ready');
    this.#circuit.onLost(because, this.#env.monotonicMs(), isLast);
    this.#env.trouble.note(this.target!.id, because);
    this.#env.onStale(because);
  }

  #open(connectionClass: ConnectionClass): void {
    if (this.#connections.has(connectionClass) || !this.#mayConnect(this.target)) return;
    const receiverClass = receiverOf(connectionClass);
    const receiver = receiverClass === null ? null : this.#connections.get(receiverClass);
    // Whoever waits asks again when the receiver is ready.
    if (receiver === undefined) return this.#open(receiverClass!);
    if (receiver !== null && receiver.state !== 'ready') return;
    const connection = this.#connect(
      this.target,
      connectionClass,
      this,
      receiver?.serverClientId ?? null,
    );
    this.#connections.set(connectionClass, connection);
  }

  /** Those whose receiver it was would not be told any more. */
  #endTracking(lost: ConnectionClass): void {
    for (const [connectionClass, connection] of [...this.#connections])
      if (receiverOf(connectionClass) === lost) connection.retire('its receiver is lost', true);
    this.#env.tracked().onLost(this, lost);
  }

  #mayConnect(target: TopologyNode | null): target is TopologyNode {
    return target !== null && this.#circuit.mayConnect(this.#env.monotonicMs());
  }

  #connect(
    { id: node, host, port, runId }: TopologyNode,
    connectionClass: ConnectionClass,
    owner: UpstreamOwner,
    receiverId: number | null = null,
  ): UpstreamConnection {
    this.#env.counters.serverConnects++;
    const identity = { shard: this.id, node, host, port, runId, role: 'master' as const };
    return new UpstreamConnection({ ...identity, connectionClass, receiverId }, this.#env, owner);
  }

  #sweepPrivate(connection: UpstreamConnection, owner: PrivateOwner, nowMs: number): void {
    if (connection.state !== 'ready' || !owner.mayBeSilent)
      this.#patience.check(connection, false, nowMs);
  }

  #sweepConnection(connection: UpstreamConnection, nowMs: number): void {
    const isIdle = connection.state === 'ready' && connection.pendingCount === 0;
    if (!isIdle) return this.#patience.check(connection, true, nowMs);
    const { idleMs, silenceMs } = this.#env.shardLimits;
    const { connectionClass } = connection.identity;
    const unusedMs = nowMs - connection.lastUsedMs;
    if (isTracked(connectionClass) && this.#env.tracked().isUsed(connectionClass)) {
      if (unusedMs >= silenceMs / 2) connection.send(ASK_FOR_LIFE);
    } else if (unusedMs >= idleMs || isTracked(connectionClass)) {
      this.#connections.delete(connectionClass);
      connection.closeIdle();
    }
  }
}
