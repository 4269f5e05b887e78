/**
 * The connection that brings one shard's messages: one, with RESP3, however many clients are subscribed to whatever.
 *
 * Changes are sent once per turn. A server confirms them with pushes, which are no replies; so each command is followed by
 * a PING, whose reply says that it was carried out, and whose absence that the server is gone. The connection is lost
 * when its shard gets another primary, when the lease lapses, when the server dies: it comes back by itself, with all
 * that is wanted.
 */
import type { Logger } from '@keyfleet/runtime';
import type { Counters } from '../admin/counters.ts';
import type { Turn, TurnTask } from '../turn.ts';
import { classOf } from '../upstream/connection-class.ts';
import { NO_REQUEST, NO_SINK, type ReplySink } from '../upstream/reply-sink.ts';
import type { PrivateOwner } from '../upstream/private-owner.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import type { Feed } from './hub.ts';
import { VERBS, type Kind } from './kind.ts';
import { Ledger, type Change } from './ledger.ts';
import { commandOf, toBytes } from './name.ts';
import { slotOf } from './place.ts';
import { readPush, type PushFrame } from './push-frame.ts';

const RESP3 = classOf(3, 0);
const PING = commandOf(['PING']);
const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 1000;
/** One that lived for so long did not fail because of what was sent to it. */
const STABLE_MS = 1000;
/** When what a server refused is tried again. */
const REFUSED_AGAIN_MS = 100;
/** Of (S)SUBSCRIBE, and not of a PING. */
const REFUSALS = /^-(MOVED|CLUSTERDOWN|CROSSSLOT|NOPERM|READONLY) /;
const CODE_BYTES = 16;

export type ShardFeedEnv = {
  readonly turn: Turn;
  readonly monotonicMs: () => number;
  readonly counters: Counters;
  readonly log: Logger;
  /** How often a connection that says nothing is asked whether it lives. */
  readonly pingMs: number;
  /** A connection that nothing is wanted of is closed after this time. */
  readonly idleMs: number;
  /** The lease allows connections. */
  readonly isServing: () => boolean;
  /** The server knows slots, and takes names of one of them at a time. */
  readonly isBySlot: boolean;
  /** `frame` is the whole push as it came; all bytes are borrowed for the call. */
  readonly onMessage: (push: PushFrame, frame: Uint8Array) => void;
  /** The server let go of a channel by itself, or does not take it: the slots are not where they were. */
  readonly onMoved: () => void;
  /** Something came into force, or is known not to come soon. */
  readonly onProgress: () => void;
  readonly onInForce: (kind: Kind, name: string) => void;
};

export class ShardFeed implements Feed, PrivateOwner, TurnTask {
  queued = false;
  /** It answers what it is asked at once. */
  readonly mayBeSilent = false;
  readonly ledger = new Ledger();
  readonly #shard: ShardUpstream;
  readonly #env: ShardFeedEnv;
  #connection: UpstreamConnection | null = null;
  /** Of the primary that was known last. */
  #life: string;
  #openedAtMs = 0;
  #lastUsedMs = 0;
  #failures = 0;
  #retryAtMs = 0;
  #refusedAgainMs = 0;
  /** What was published since then is lost to its subscribers; null: nothing is. */
  #deafSinceMs: number | null = null;
  #isClosed = false;

  constructor(shard: ShardUpstream, env: ShardFeedEnv) {
    this.#shard = shard;
    this.#env = env;
    this.#life = lifeOf(shard);
  }

  want(kind: Kind, name: string): void {
    this.ledger.want(kind, name);
    this.#env.turn.soon(this);
  }

  unwant(kind: Kind, name: string): void {
    this.ledger.unwant(kind, name);
    this.#env.turn.soon(this);
  }

  isInForce(kind: Kind, name: string): boolean {
    return this.ledger.isInForce(kind, name);
  }

  /** What is wanted of it will not be in force soon. */
  isAway(nowMs: number): boolean {
    const hasFailed = this.#failures > 1 || this.#shard.downError(nowMs) !== null;
    return this.#connection?.state !== 'ready' && (hasFailed || this.#shard.target === null);
  }

  /** Nor would be published there. A shard that was not tried yet is not out. */
  isOut(nowMs: number): boolean {
    return this.isAway(nowMs) || (this.#shard.isTried() && !this.#shard.isReachable());
  }

  /** Nothing is under way that is worth waiting for. */
  isSettled(nowMs: number): boolean {
    const isOver = this.#isClosed || this.ledger.isSettled;
    return isOver || !this.#env.isServing() || this.isAway(nowMs);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#connection !== null) this.#shard.closePrivate(this.#connection);
    this.#connection = null;
    this.ledger.reset();
  }

  /** True: the shard has another primary than before. That one has not failed yet. */
  noteTarget(): boolean {
    const life = lifeOf(this.#shard);
    if (life === this.#life) return false;
    this.#life = life;
    this.#failures = this.#retryAtMs = 0;
    this.#env.turn.soon(this);
    return true;
  }

  sweep(nowMs: number): void {
    const connection = this.#connection;
    if (connection === null) return this.#sweepClosed(nowMs);
    if (nowMs >= this.#refusedAgainMs && this.ledger.tryRefused()) {
      this.#refusedAgainMs = nowMs + REFUSED_AGAIN_MS;
      this.#env.turn.soon(this);
    }
    if (connection.state !== 'ready' || connection.pendingCount > 0) return;
    if (!this.ledger.isEmpty) {
      this.#lastUsedMs = nowMs;
      if (nowMs - connection.lastUsedMs >= this.#env.pingMs) this.#ping();
    } else if (nowMs - this.#lastUsedMs >= this.#env.idleMs) {
      this.#connection = null;
      // It lived well: nothing says that the next one will not come.
      this.#failures = 0;
      this.#shard.closePrivate(connection);
    }
  }

  #sweepClosed(nowMs: number): void {
    // Nobody wants anything of it, so it is not tried; others were.
    if (this.ledger.isEmpty && this.#shard.isReachable()) this.#failures = 0;
    this.#open(nowMs);
  }

  runTurn(): void {
    if (this.#connection === null) this.#open(this.#env.monotonicMs());
    else this.#sendChanges();
  }

  onReady(): void {
    this.#sendChanges();
  }

  onLost(because: string): void {
    if (this.#isClosed) return;
    const { counters, monotonicMs, turn, onProgress } = this.#env;
    const nowMs = monotonicMs();
    this.#connection = null;
    this.#noteDeaf(because, nowMs);
    this.ledger.reset();
    counters.feedLosses++;
    if (nowMs - this.#openedAtMs >= STABLE_MS) this.#failures = 0;
    const waitMs = this.#failures === 0 ? 0 : BACKOFF_MIN_MS * 2 ** this.#failures;
    this.#retryAtMs = nowMs + Math.min(waitMs, BACKOFF_MAX_MS);
    this.#failures++;
    turn.soon(this);
    onProgress();
  }

  onPush(bytes: Uint8Array, start: number, end: number): void {
    const push = readPush(bytes, start, end);
    if (push === null) return;
    const { kind, name } = push;
    if (push.what === 'message') this.#env.onMessage(push, bytes.subarray(start, end));
    else if (push.what === 'off') this.#onOff(kind, name);
    else if (this.ledger.onSubscribed(kind, name)) {
      this.#env.onInForce(kind, name);
      if (this.ledger.isSettled) this.#noteSettled();
    }
  }

  /** What was published until now comes before the reply. */
  onDrain(): void {
    this.#ping();
  }

  /** A sharded channel goes from its server when its slot does. */
  #onOff(kind: Kind, name: string): void {
    if (this.ledger.onUnsubscribed(kind, name)) return;
    this.ledger.onRefused(kind, name);
    this.#env.onMoved();
  }

  #onRefused({ kind, isOn, names }: Change): void {
    for (const name of names) {
      if (isOn) this.ledger.onRefused(kind, name);
      else this.ledger.onUnsubscribed(kind, name);
    }
    if (isOn) this.#env.onMoved();
  }

  #noteDeaf(because: string, nowMs: number): void {
    if (this.#deafSinceMs !== null || this.ledger.isEmpty) return;
    this.#deafSinceMs = nowMs;
    this.#env.log.warn({ shard: this.#shard.id, because }, 'messages of the shard do not come');
  }

  #noteSettled(): void {
    const { log, monotonicMs, onProgress } = this.#env;
    if (this.#deafSinceMs !== null) {
      const forMs = Math.round(monotonicMs() - this.#deafSinceMs);
      log.info({ shard: this.#shard.id, forMs }, 'messages of the shard come again');
      this.#deafSinceMs = null;
    }
    onProgress();
  }

  #open(nowMs: number): void {
    const isWorthIt = !this.ledger.isEmpty && nowMs >= this.#retryAtMs && this.#env.isServing();
    if (!isWorthIt || this.#isClosed) return;
    this.#openedAtMs = this.#lastUsedMs = nowMs;
    this.#connection = this.#shard.openPrivate(RESP3, this);
  }

  #sendChanges(): void {
    const connection = this.#connection;
    while (connection?.hasRoom() === true) {
      const change = this.ledger.takeChange();
      if (change === null) return;
      for (const part of this.#env.isBySlot ? bySlot(change) : [change])
        this.#send(
          requestOf(part),
          sinkOf(() => this.#onRefused(part)),
        );
    }
  }

  #ping(): void {
    if (this.#connection?.state === 'ready') this.#send(PING);
  }

  /** `bytes` get one reply. */
  #send(bytes: Uint8Array, sink: ReplySink = NO_SINK): void {
    const range = { bytes, start: 0, end: bytes.length };
    this.#connection!.send({ ...NO_REQUEST, ...range, sink });
  }
}

function lifeOf({ target }: ShardUpstream): string {
  return target === null ? '' : `${target.host}:${target.port} ${target.runId}`;
}

/** A server that knows slots takes channels of one slot at a time. */
function bySlot(change: Change): Change[] {
  if (change.kind !== 'shardChannel') return [change];
  const slots = Map.groupBy(change.names, (name) => slotOf(toBytes(name)));
  return [...slots.values()].map((names) => ({ ...change, names }));
}

/** What is refused has a reply of its own, ahead of that to the PING. */
function sinkOf(onRefused: () => void): ReplySink {
  return {
    ...NO_SINK,
    takesErrorAhead: (bytes, start) => {
      const isRefusal = REFUSALS.test(
        Buffer.from(bytes.subarray(start, start + CODE_BYTES)).toString(),
      );
      if (isRefusal) onRefused();
      return isRefusal;
    },
  };
}

function requestOf({ kind, isOn, names }: Change): Uint8Array {
  const verb = isOn ? VERBS[kind].on : VERBS[kind].off;
  return Buffer.concat([commandOf([verb, ...names]), PING]);
}
