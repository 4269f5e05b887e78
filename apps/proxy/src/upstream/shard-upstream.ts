/**
 * The way to one shard's primary: connections by class, opened when they are needed and closed when idle, and what
 * waits for them. It is retargeted, not replaced, when the shard gets another primary.
 */
import type { TopologyNode } from '@keyfleet/topology';
import { Parking, type ParkingLimits } from '../route/parking.ts';
import { errors, unreachable } from '../route/replies.ts';
import type { Outgoing } from './reply-sink.ts';
import type { TroubleLog } from '../topology/trouble-log.ts';
import {
  UpstreamConnection,
  type Loss,
  type UpstreamEnv,
  type UpstreamOwner,
} from './upstream-connection.ts';

/**
 * What connections of a node are told apart by. A client belongs to one class at a time; it changes class only while
 * nothing of it is pending, so its commands to a shard run in order. (Databases, private connections and replicas
 * will be classes too.)
 */
export type ConnectionClass = 2 | 3;

export type ShardLimits = ParkingLimits & {
  idleMs: number;
  /** A server that owes a reply and says nothing for this long is taken for dead. */
  silenceMs: number;
  backoffMinMs: number;
  backoffMaxMs: number;
};

type Waiting = { request: Outgoing; connectionClass: ConnectionClass; deadlineMs: number };

export type ShardEnv = UpstreamEnv & {
  shardLimits: ShardLimits;
  /** The shard takes commands again. */
  onReady: (shard: ShardUpstream) => void;
  /** Sends what a lost connection left over to whoever owns its slot now. */
  resend: (request: Outgoing, connectionClass: ConnectionClass) => void;
  trouble: TroubleLog;
};

export class ShardUpstream implements UpstreamOwner {
  readonly id: string;
  readonly parking: Parking;
  target: TopologyNode | null = null;
  readonly #env: ShardEnv;
  readonly #connections = new Map<ConnectionClass, UpstreamConnection>();
  #waiting: Waiting[] = [];
  /** Since when the primary cannot be reached; null while it can, or nobody tried. */
  #downSinceMs: number | null = null;
  #downBecause = '';
  #retryAtMs = 0;
  #failures = 0;
  #wasReady = false;

  constructor(id: string, env: ShardEnv) {
    this.id = id;
    this.#env = env;
    this.parking = new Parking(env.shardLimits);
  }

  /** A connection that takes a command now, or null: then the client is parked or, if `downError`, answered. */
  ready(connectionClass: ConnectionClass): UpstreamConnection | null {
    const connection = this.#connections.get(connectionClass);
    if (connection === undefined) {
      this.#open(connectionClass);
      return null;
    }
    // What waits was there first.
    if (this.#waiting.length > 0 && this.#waits(connectionClass)) return null;
    return connection.hasRoom() ? connection : null;
  }

  /** The error for commands of a shard that has been away for longer than commands wait; else null. */
  downError(nowMs: number): Uint8Array | null {
    if (this.#downSinceMs === null) return null;
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
    if (target !== null) this.#open(2);
  }

  retireAll(because: string, mayResend: boolean): void {
    for (const connection of [...this.#connections.values()]) connection.retire(because, mayResend);
  }

  /** Queues a request that a lost connection left over. Its time starts anew: it was in flight until now. */
  enqueue(request: Outgoing, connectionClass: ConnectionClass): void {
    const deadlineMs = this.#env.monotonicMs() + this.#env.shardLimits.holdQueueMs;
    this.#waiting.push({ request, connectionClass, deadlineMs });
  }

  /** Sends what waits, as far as `mayPass` lets it; then lets parked clients try again. */
  goOn(mayPass: (request: Outgoing) => boolean): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const item of waiting) {
      const connection = this.#connections.get(item.connectionClass);
      const isBlocked = this.#waiting.length > 0 && this.#waits(item.connectionClass);
      if (!isBlocked && connection?.hasRoom() && mayPass(item.request))
        connection.send(item.request);
      else this.#waiting.push(item);
    }
    this.parking.wakeAll();
  }

  /** Gives back everything that waits, to be routed anew. */
  takeWaiting(): Waiting[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  /** Resolves when all that is pending now is answered; what is not after `drainMs` is retired. */
  async drain(drainMs: number, sleep: (ms: number) => Promise<void>): Promise<void> {
    const until = [...this.#connections.values()].map(
      (connection) => [connection, connection.position] as const,
    );
    const deadlineMs = this.#env.monotonicMs() + drainMs;
    const isDone = () => until.every(([connection, position]) => connection.answeredTo >= position);
    while (!isDone()) {
      if (this.#env.monotonicMs() < deadlineMs) await sleep(1);
      else this.retireAll('a hold could not drain it', true);
    }
  }

  /** Called some times a second: deadlines, reconnects, idle connections. */
  sweep(nowMs: number): void {
    const expired = this.#waiting.filter((item) => item.deadlineMs <= nowMs);
    this.#waiting = this.#waiting.filter((item) => item.deadlineMs > nowMs);
    for (const { request } of expired) {
      request.sink.onFailure(request.token, request.isRetry ? errors.readLost : errors.notSent);
    }
    const down = this.downError(nowMs);
    if (down !== null) this.parking.failAll(down);
    this.parking.expire(nowMs);
    if (this.parking.length > 0 || this.#waiting.length > 0) this.#open(2);
    for (const { connectionClass } of this.#waiting) this.#open(connectionClass);
    for (const connection of [...this.#connections.values()])
      this.#sweepConnection(connection, nowMs);
  }

  pendingCount(): number {
    return [...this.#connections.values()].reduce(
      (sum, connection) => sum + connection.pendingCount,
      0,
    );
  }

  /** Connected at some time since it points where it points, and not down now. */
  isReachable(): boolean {
    return this.#wasReady && this.#downSinceMs === null;
  }

  onRoom(connection: UpstreamConnection): void {
    this.#env.trouble.serverVersion = connection.serverVersion;
    this.#downSinceMs = null;
    this.#wasReady = true;
    this.#failures = this.#retryAtMs = 0;
    this.#env.onReady(this);
  }

  onLost(connection: UpstreamConnection, { because, isFault, resend }: Loss): void {
    const connectionClass = connection.identity.respVersion;
    if (this.#connections.get(connectionClass) === connection)
      this.#connections.delete(connectionClass);
    if (isFault && connection.identity.runId === this.target?.runId) this.#noteLoss(because);
    for (const request of resend) this.#env.resend(request, connectionClass);
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
    this.#downSinceMs ??= nowMs;
    this.#downBecause = because;
    this.#retryAtMs =
      nowMs +
      (this.#failures === 0 ? 0 : Math.min(backoffMinMs * 2 ** this.#failures, backoffMaxMs));
    this.#failures++;
    this.#env.trouble.note(this.target!.id, because);
  }

  #waits(connectionClass: ConnectionClass): boolean {
    return this.#waiting.some((item) => item.connectionClass === connectionClass);
  }

  #open(connectionClass: ConnectionClass): void {
    if (this.target === null || this.#connections.has(connectionClass)) return;
    if (this.#env.monotonicMs() < this.#retryAtMs) return;
    const { id: node, host, port, runId } = this.target;
    const identity = {
      node,
      host,
      port,
      runId,
      role: 'master' as const,
      respVersion: connectionClass,
    };
    this.#connections.set(connectionClass, new UpstreamConnection(identity, this.#env, this));
  }

  #sweepConnection(connection: UpstreamConnection, nowMs: number): void {
    const { idleMs, silenceMs } = this.#env.shardLimits;
    if (connection.state !== 'ready') return this.#sweepUnready(connection, nowMs);
    if (connection.pendingCount > 0) {
      if (nowMs - connection.headSinceMs >= silenceMs)
        connection.fail(`no reply for ${silenceMs} ms`);
    } else if (nowMs - connection.lastUsedMs >= idleMs) {
      this.#connections.delete(connection.identity.respVersion);
      connection.closeIdle();
    }
  }
}

function sameServer(a: TopologyNode | null, b: TopologyNode | null): boolean {
  if (a === null || b === null) return a === b;
  return a.id === b.id && a.runId === b.runId && a.host === b.host && a.port === b.port;
}
