/**
 * The way to one shard's primary: connections by class, opened when they are needed and closed when idle, and what
 * waits for them. It is retargeted, not replaced, when the shard gets another primary.
 */
import { encodeCommand } from '@keyfleet/resp';
import type { TopologyNode } from '@keyfleet/topology';
import { Parking, type ParkingLimits } from '../route/parking.ts';
import { errors, unreachable } from '../route/replies.ts';
import { BusyWatch, isLate } from './busy-watch.ts';
import { LeftOvers, type LeftOver } from './left-overs.ts';
import {
  isTracked,
  PLAIN_CLASS,
  receiverOf,
  untracked,
  type ConnectionClass,
} from './connection-class.ts';
import { NO_REQUEST, SEVERAL_SLOTS, type Outgoing } from './reply-sink.ts';
import type { PrivateOwner } from './private-owner.ts';
import { ShardLine } from './shard-line.ts';
import { tellUnanswered } from './slow-request.ts';
import type { UpstreamEnv } from './upstream-env.ts';
import { toMicroseconds } from '../turn.ts';
import type { TrackedListener } from './tracked-listener.ts';
import type { TroubleLog } from '../topology/trouble-log.ts';
import { UpstreamConnection, type Loss, type UpstreamOwner } from './upstream-connection.ts';

const PING = encodeCommand(['PING']);
/** On a connection that only waits to be told something: else nobody would know that it is dead. */
const ASK_FOR_LIFE = { ...NO_REQUEST, slot: SEVERAL_SLOTS, bytes: PING, end: PING.length };

export type ShardLimits = ParkingLimits & {
  idleMs: number;
  /** A server that owes a reply and says nothing for this long is taken for dead. */
  silenceMs: number;
  backoffMinMs: number;
  backoffMaxMs: number;
};

export type ShardEnv = UpstreamEnv & {
  shardLimits: ShardLimits;
  /** The shard takes commands again. */
  onReady: (shard: ShardUpstream) => void;
  /** Sends what a lost connection left over to whoever owns its slot now. */
  resend: (request: Outgoing, connectionClass: ConnectionClass) => void;
  trouble: TroubleLog;
  /** A server says, or shows, that the topology is out of date. Often: whoever asks anew does it with measure. */
  onStale: (because: string) => void;
  tracked: () => TrackedListener;
};

export class ShardUpstream implements UpstreamOwner {
  readonly id: string;
  readonly parking: Parking;
  readonly line: ShardLine;
  target: TopologyNode | null = null;
  readonly #env: ShardEnv;
  readonly #connections = new Map<ConnectionClass, UpstreamConnection>();
  readonly #privates = new Map<UpstreamConnection, PrivateOwner>();
  readonly #leftOvers = new LeftOvers();
  readonly #busy: BusyWatch;
  /** Classes of connection that parked clients ask for. */
  readonly #wanted = new Set<ConnectionClass>();
  /** Since when no connection is ready that was lost by a fault; null while one is. */
  #downSinceMs: number | null = null;
  #downBecause = '';
  #retryAtMs = 0;
  #failures = 0;
  #wasReady = false;

  constructor(id: string, env: ShardEnv) {
    this.id = id;
    this.#env = env;
    this.parking = new Parking(env.shardLimits);
    this.line = new ShardLine(this);
    this.#busy = new BusyWatch({
      line: this.line,
      monotonicMs: env.monotonicMs,
      onBusy: (error) => this.#hold(error),
      onCalm: () => this.#free(),
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
    if (this.#downSinceMs === null || this.#failures < 2) return null;
    const isGivenUp = nowMs - this.#downSinceMs >= this.#env.shardLimits.holdQueueMs;
    return isGivenUp ? unreachable(this.id, this.#downBecause) : null;
  }

  /** Points at another primary (or life of it). What is pending at the former one has an unknown outcome. */
  retarget(target: TopologyNode | null): void {
    const { target: former } = this;
    this.target = target;
    if (sameServer(former, target)) return;
    this.#downSinceMs = null;
    this.#wasReady = false;
    this.#failures = this.#retryAtMs = 0;
    this.retireAll('the shard has another primary', true);
    this.#busy.end();
    if (target !== null) this.#open(PLAIN_CLASS);
  }

  retireAll(because: string, mayResend: boolean): void {
    for (const connection of this.#all()) connection.retire(because, mayResend);
  }

  /**
   * A connection besides those that all share; it is on its way. Null: there is no primary, or its last connection just
   * failed. Nothing of it is ever sent elsewhere.
   */
  openPrivate(connectionClass: ConnectionClass, owner: PrivateOwner): UpstreamConnection | null {
    if (!this.#mayConnect(this.target)) return null;
    // What is read there has no place to be tracked in: who reads is told to forget it at once (tracking/).
    const connection = this.#connect(this.target, untracked(connectionClass), {
      onRoom: (of) => owner.onReady(of),
      onMoved: () => undefined,
      onBusy: (of, error) => {
        this.#busy.note(error);
        owner.onBusy?.(of, error);
      },
      onPush: (_of, bytes, start, end) => owner.onPush(bytes, start, end),
      onLost: (of, { because, resend }) => {
        this.#privates.delete(of);
        for (const { sink, token, isRetry } of resend)
          sink.onFailure(token, isRetry ? errors.readLost : errors.notSent);
        owner.onLost(because);
      },
    });
    this.#privates.set(connection, owner);
    return connection;
  }

  /** Its owner needs it no more. */
  closePrivate(connection: UpstreamConnection): void {
    this.#privates.delete(connection);
    connection.discard();
  }

  /** Keeps a request that a lost connection left over until `goOn`. Its time starts anew: it was in flight until now. */
  enqueue(request: Outgoing, connectionClass: ConnectionClass, deadlineMs?: number): void {
    const untilMs = deadlineMs ?? this.#env.monotonicMs() + this.#env.shardLimits.holdQueueMs;
    this.#leftOvers.add({ request, connectionClass, deadlineMs: untilMs });
    this.#open(connectionClass);
  }

  /** Sends what was left over, as far as `mayPass` lets it; then lets parked clients try again. */
  goOn(mayPass: (request: Outgoing) => boolean): void {
    this.#leftOvers.sendAll(({ request, connectionClass }) => {
      const connection = this.#connections.get(connectionClass);
      if (connection === undefined || !connection.hasRoom() || !mayPass(request)) return false;
      request.sink.prepare?.(connection);
      connection.send(request);
      return true;
    });
    this.parking.wakeAll();
  }

  /** Gives back what was left over, to be routed anew. */
  takeLeftOvers(): LeftOver[] {
    return this.#leftOvers.takeAll();
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
  }

  /** A shard that is down is tried, whether somebody asks for it or not: else nobody would know when it is back. */
  #reopen(): void {
    if (this.parking.length === 0) this.#wanted.clear();
    for (const connectionClass of this.#wanted) this.#open(connectionClass);
    for (const connectionClass of this.#leftOvers.classes()) this.#open(connectionClass);
    if (this.#downSinceMs !== null) this.#open(PLAIN_CLASS);
  }

  pendingCount(): number {
    return this.#all().reduce((sum, connection) => sum + connection.pendingCount, 0);
  }

  /** Connected at some time since it points where it points, or busy, and not down now. */
  isReachable(): boolean {
    return (this.#wasReady || !this.#busy.isCalm) && this.#downSinceMs === null;
  }

  /** Connected once, or tried in vain. */
  isTried(): boolean {
    return this.isReachable() || this.#downSinceMs !== null || this.target === null;
  }

  onBusy(_connection: UpstreamConnection, error: Uint8Array): void {
    this.#busy.note(error);
  }

  onMoved(): void {
    this.#busy.doubt();
  }

  onRoom(connection: UpstreamConnection): void {
    this.#busy.end();
    this.#env.trouble.serverVersion = connection.serverVersion;
    this.#downSinceMs = null;
    this.#wasReady = true;
    this.#failures = this.#retryAtMs = 0;
    const { connectionClass } = connection.identity;
    // Not one that was full for a while.
    const isNew = connection.position === 0;
    if (isNew && isTracked(connectionClass)) this.#env.tracked().onReady(this, connectionClass);
    this.#env.onReady(this);
  }

  onLost(connection: UpstreamConnection, { because, isFault, resend }: Loss): void {
    const { connectionClass } = connection.identity;
    if (this.#connections.get(connectionClass) === connection)
      this.#connections.delete(connectionClass);
    if (isTracked(connectionClass)) this.#endTracking(connectionClass);
    if (isFault && connection.identity.runId === this.target?.runId) this.#noteLoss(because);
    if (isFault) this.#env.counters.serverLosses++;
    this.#env.counters.resent += resend.length;
    for (const request of resend) this.#env.resend(request, connectionClass);
    this.#busy.end();
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
    this.#downSinceMs = null;
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

  /** The transport bounds the time of the connect; this bounds the time of the check behind it. */
  #sweepUnready(connection: UpstreamConnection, nowMs: number): void {
    const { connectTimeoutMs } = this.#env.limits;
    if (nowMs - connection.lastUsedMs < 2 * connectTimeoutMs) return;
    connection.fail(`no answer in ${2 * connectTimeoutMs} ms`);
  }

  #noteLoss(because: string): void {
    const { backoffMinMs, backoffMaxMs } = this.#env.shardLimits;
    const nowMs = this.#env.monotonicMs();
    // While another connection is ready the server is there: one connection is lost, not the shard.
    if (![...this.#connections.values()].some(({ state }) => state === 'ready'))
      this.#downSinceMs ??= nowMs;
    this.#downBecause = because;
    this.#retryAtMs =
      nowMs +
      (this.#failures === 0 ? 0 : Math.min(backoffMinMs * 2 ** this.#failures, backoffMaxMs));
    this.#failures++;
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
    return target !== null && this.#env.monotonicMs() >= this.#retryAtMs;
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

  #sweepConnection(connection: UpstreamConnection, nowMs: number): void {
    if (connection.state !== 'ready') return this.#sweepUnready(connection, nowMs);
    if (connection.pendingCount > 0) return this.#failIfSilent(connection, nowMs);
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

  #sweepPrivate(connection: UpstreamConnection, owner: PrivateOwner, nowMs: number): void {
    if (connection.state !== 'ready') this.#sweepUnready(connection, nowMs);
    else if (connection.pendingCount > 0 && !owner.mayBeSilent)
      this.#failIfSilent(connection, nowMs);
  }

  #failIfSilent(connection: UpstreamConnection, nowMs: number): void {
    const { silenceMs } = this.#env.shardLimits;
    // One that runs a script says so to others.
    if (nowMs - Math.max(connection.headSinceMs, this.#busy.heardMs) >= silenceMs)
      connection.fail(`no reply for ${silenceMs} ms`);
  }
}

function sameServer(a: TopologyNode | null, b: TopologyNode | null): boolean {
  if (a === null || b === null) return a === b;
  return a.id === b.id && a.runId === b.runId && a.host === b.host && a.port === b.port;
}
