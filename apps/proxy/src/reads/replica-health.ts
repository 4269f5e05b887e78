/** Whether a replica may be read, by what it said when it was asked last. */
import type { Lag } from './primary-history.ts';
import type { ReplicationInfo } from './replication-info.ts';

export type LagBounds = {
  /** 0: none. */
  readonly lagMs: number;
  readonly lagBytes: number;
};

export type Unfit = 'unknown' | 'silent' | 'unlinked' | 'lagging';

/** It is asked each second; one that owes the answer for so long is not read. */
const SILENCE_MS = 500;
/** How much a new measurement counts. */
const NEWEST_SHARE = 0.2;

export class ReplicaHealth {
  /** Empty: it is not known, or in none. */
  zone = '';
  isPlaced = false;
  /** Of the question, there and back; Infinity: not measured. */
  latencyMs = Infinity;
  #askedMs: number | null = null;
  /** Null: it was not heard, or says nothing of it. */
  #info: ReplicationInfo | null = null;
  #lag: Lag | null = null;
  /** What it said last is in force. */
  isHeard = false;

  /** It owes an answer. */
  get isAsked(): boolean {
    return this.#askedMs !== null;
  }

  place(zone: string): void {
    this.zone = zone;
    this.isPlaced = true;
  }

  onAsked(nowMs: number): void {
    this.#askedMs = nowMs;
  }

  /** `info` null: it may not be asked this. `lag` null: the primary is not known. */
  onAnswer(info: ReplicationInfo | null, lag: Lag | null, nowMs: number): void {
    this.isHeard = true;
    this.#info = info;
    this.#lag = lag;
    if (this.#askedMs !== null) this.#noteLatency(nowMs - this.#askedMs);
    this.#askedMs = null;
  }

  /** Nothing is known until it is heard again: it is lost, or said that it cannot. */
  doubt(): void {
    this.isHeard = false;
    this.#askedMs = null;
  }

  unfitBecause(nowMs: number, bounds: LagBounds): Unfit | null {
    if (!this.isHeard) return 'unknown';
    if (this.#askedMs !== null && nowMs - this.#askedMs >= SILENCE_MS) return 'silent';
    if (this.#info !== null && !(this.#info.isReplica && this.#info.isLinked)) return 'unlinked';
    return this.#isBeyond(bounds) ? 'lagging' : null;
  }

  /** A bound that cannot be looked after is one that is exceeded. */
  #isBeyond({ lagMs, lagBytes }: LagBounds): boolean {
    if (lagMs === 0 && lagBytes === 0) return false;
    if (this.#info === null || this.#lag === null) return true;
    return (lagMs > 0 && this.#lag.ms > lagMs) || (lagBytes > 0 && this.#lag.bytes > lagBytes);
  }

  #noteLatency(tookMs: number): void {
    this.latencyMs = Number.isFinite(this.latencyMs)
      ? this.latencyMs + NEWEST_SHARE * (tookMs - this.latencyMs)
      : tookMs;
  }
}
