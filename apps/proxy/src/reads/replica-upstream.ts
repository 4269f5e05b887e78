/**
 * The way to one replica: connections by class, opened when they are needed and closed when idle. Nothing waits here,
 * and no failure is told to anybody: what the replica does not answer, or answers with an error, goes to the primary.
 */
import type { TopologyNode } from '@keyfleet/topology';
import type { Client } from '../downstream/client.ts';
import { errors } from '../route/replies.ts';
import type { ConnectionClass } from '../upstream/connection-class.ts';
import type { PrivateOwner } from '../upstream/private-owner.ts';
import type { Outgoing } from '../upstream/reply-sink.ts';
import { ShardLine } from '../upstream/shard-line.ts';
import { UpstreamConnection } from '../upstream/upstream-connection.ts';
import type { Loss, UpstreamOwner } from '../upstream/upstream-owner.ts';
import type { ReplicaEnv } from './reads-env.ts';
import { ReplicaHealth } from './replica-health.ts';

/** Errors that others would get too: they do not come of the request. */
const OF_SERVER = /^-(ASK|BUSY|CLUSTERDOWN|LOADING|MASTERDOWN|MOVED|NOAUTH|TRYAGAIN) /;
/** It is not chosen while somebody waits for it for so long. */
const LATE_MS = 100;

export class ReplicaUpstream implements UpstreamOwner {
  readonly id: string;
  readonly node: TopologyNode;
  readonly health = new ReplicaHealth();
  /** For questions of our own, which go on while the others wait. */
  readonly line: ShardLine;
  /** Reads that were sent to it. */
  reads = 0;
  readonly #env: ReplicaEnv;
  readonly #connections = new Map<ConnectionClass, UpstreamConnection>();
  #private: UpstreamConnection | null = null;
  #isClosing = false;
  #isLate = false;
  #failures = 0;
  #retryAtMs = 0;

  constructor(shard: string, node: TopologyNode, env: ReplicaEnv) {
    this.id = shard;
    this.node = node;
    // A reply in parts whose rest never comes is the end of the client's connection: so replies come whole.
    this.#env = { ...env, limits: { ...env.limits, partedBytesMin: Infinity } };
    this.line = new ShardLine(this);
  }

  get isLate(): boolean {
    return this.#isLate;
  }

  get pendingCount(): number {
    return this.#all().reduce((sum, connection) => sum + connection.pendingCount, 0);
  }

  /** Requests in flight where a read of this client would go; Infinity: it takes none now. */
  load({ connectionClass }: Client): number {
    if (this.#isClosing || !this.health.isHeard) return Infinity;
    const connection = this.#connections.get(connectionClass);
    if (connection === undefined) this.#open(connectionClass);
    return connection?.hasRoom() === true ? connection.pendingCount : Infinity;
  }

  /** The connection for a read of this client, of which `load` said that there is room. */
  take({ connectionClass }: Client): UpstreamConnection {
    this.reads++;
    return this.#connections.get(connectionClass)!;
  }

  /** For the line, which has one at a time. */
  openPrivate(connectionClass: ConnectionClass, owner: PrivateOwner): UpstreamConnection | null {
    if (this.#isClosing || this.#env.monotonicMs() < this.#retryAtMs) return null;
    this.#private = this.#connect(connectionClass, {
      onRoom: (of) => {
        this.#failures = 0;
        owner.onReady(of);
      },
      onMoved: () => undefined,
      onBusy: (of, error) => owner.onBusy?.(of, error),
      onPush: () => undefined,
      onRefused: () => undefined,
      onLost: (_of, { because, isFault, resend }) => {
        this.#private = null;
        if (isFault) this.#noteLoss();
        // What is for this server only goes to no other.
        for (const { sink, token } of resend) sink.onFailure(token, errors.readLost);
        owner.onLost(because);
      },
    });
    return this.#private;
  }

  /** Takes nothing more. Resolves when what is pending is answered, or was given up after `drainMs`. */
  async close(drainMs: number, sleep: (ms: number) => Promise<void>): Promise<void> {
    this.#isClosing = true;
    const deadlineMs = this.#env.monotonicMs() + drainMs;
    while (this.#owes() && this.#env.monotonicMs() < deadlineMs) await sleep(1);
    this.retireAll('it is not read any more', true);
  }

  /** Resolves when what is pending now is answered, or was given up after `drainMs`. */
  async drain(drainMs: number, sleep: (ms: number) => Promise<void>): Promise<void> {
    let open = [...this.#connections.values()].map((of) => ({ of, position: of.position }));
    const deadlineMs = this.#env.monotonicMs() + drainMs;
    for (;;) {
      open = open.filter(({ of, position }) => of.answeredTo < position);
      if (open.length === 0) return;
      if (this.#env.monotonicMs() < deadlineMs) await sleep(1);
      else for (const { of } of open) of.retire('a hold could not drain it', true);
    }
  }

  retireAll(because: string, mayResend: boolean): void {
    for (const connection of this.#all()) connection.retire(because, mayResend);
  }

  /** Called some times a second. */
  sweep(nowMs: number): void {
    this.#isLate = false;
    for (const connection of this.#all()) this.#sweepConnection(connection, nowMs);
  }

  onBusy(connection: UpstreamConnection): void {
    this.health.doubt();
    connection.retire('it is busy', true);
  }

  onMoved(): void {
    // Nothing holds it.
  }

  onRoom(): void {
    this.#failures = 0;
  }

  onPush(): void {
    // What a client has tracked is read at the primary.
  }

  onErrorReply(connection: UpstreamConnection, request: Outgoing, error: Uint8Array): void {
    if (OF_SERVER.test(Buffer.from(error).toString())) this.health.doubt();
    this.#sendToPrimary(request, connection.identity.connectionClass);
  }

  onRefused(): void {
    // Any error is given back.
  }

  onLost(connection: UpstreamConnection, { isFault, resend }: Loss): void {
    const { connectionClass } = connection.identity;
    if (this.#connections.get(connectionClass) === connection)
      this.#connections.delete(connectionClass);
    if (isFault) this.#noteLoss();
    for (const request of resend) this.#sendToPrimary(request, connectionClass);
  }

  /** As if it had never been here: what a primary loses may be read once more, too. */
  #sendToPrimary(request: Outgoing, connectionClass: ConnectionClass): void {
    this.#env.counters.readsMovedOn++;
    this.#env.sendToPrimary({ ...request, isRetry: false }, connectionClass);
  }

  #noteLoss(): void {
    const { backoffMinMs, backoffMaxMs } = this.#env.shardLimits;
    this.health.doubt();
    this.#env.counters.serverLosses++;
    this.#retryAtMs =
      this.#env.monotonicMs() + Math.min(backoffMinMs * 2 ** this.#failures, backoffMaxMs);
    this.#failures++;
  }

  #owes(): boolean {
    return [...this.#connections.values()].some(({ pendingCount }) => pendingCount > 0);
  }

  #all(): UpstreamConnection[] {
    const shared = [...this.#connections.values()];
    return this.#private === null ? shared : [...shared, this.#private];
  }

  #sweepConnection(connection: UpstreamConnection, nowMs: number): void {
    const { connectTimeoutMs } = this.#env.limits;
    if (connection.state !== 'ready') {
      if (nowMs - connection.lastUsedMs >= 2 * connectTimeoutMs)
        connection.fail(`no answer in ${2 * connectTimeoutMs} ms`);
      return;
    }
    if (connection.pendingCount > 0) this.#sweepPending(connection, nowMs);
    else if (nowMs - connection.lastUsedMs >= this.#env.shardLimits.idleMs)
      connection.retire('it is not used', true);
  }

  #sweepPending(connection: UpstreamConnection, nowMs: number): void {
    const silentMs = nowMs - connection.headSinceMs;
    const silenceMs = this.#env.replicaSilenceMs();
    if (silentMs >= LATE_MS) this.#isLate = true;
    if (silentMs >= silenceMs) connection.fail(`no reply for ${silenceMs} ms`);
  }

  #open(connectionClass: ConnectionClass): void {
    if (this.#env.monotonicMs() < this.#retryAtMs) return;
    this.#connections.set(connectionClass, this.#connect(connectionClass, this));
  }

  #connect(connectionClass: ConnectionClass, owner: UpstreamOwner): UpstreamConnection {
    this.#env.counters.serverConnects++;
    const { id: node, host, port, runId } = this.node;
    const identity = { shard: this.id, node, host, port, runId, role: 'slave' as const };
    return new UpstreamConnection({ ...identity, connectionClass }, this.#env, owner);
  }
}
