import type { Clock } from '@keyfleet/runtime';
import type { Compare, Leadership } from '@keyfleet/store';
import { CLOCK_DRIFT, LEASE_MARGIN_MS } from '../plan/session-leases.ts';

/** This process does not lead, or cannot be sure of it any more. */
export class NotLeader extends Error {
  readonly code = 'NO_LEADER';
}

/**
 * One reign. The store refuses the writes of an older one (`fence`); servers and proxies cannot, so whatever goes to
 * them asks `holds` first: our own lease, counted from when its last keep-alive was sent, less drift and a margin.
 */
export class Term {
  /** Aborted when it is over; all of the leader's work ends with it. */
  readonly signal: AbortSignal;
  readonly #leadership: Leadership;
  readonly #clock: Clock;
  readonly #marginMs: number;

  constructor(leadership: Leadership, ttlSeconds: number, clock: Clock) {
    this.#leadership = leadership;
    this.#clock = clock;
    this.#marginMs = ttlSeconds * 1000 * CLOCK_DRIFT + LEASE_MARGIN_MS;
    this.signal = leadership.lost;
  }

  /** The leader key's create revision. */
  get revision(): number {
    return this.#leadership.revision;
  }

  get fence(): Compare {
    return { key: this.#leadership.key, createRevision: this.#leadership.revision };
  }

  holds(): boolean {
    if (this.signal.aborted) return false;
    return this.#clock.monotonicMs() < this.#leadership.validUntilMs() - this.#marginMs;
  }

  assertHolds(): void {
    if (!this.holds())
      throw new NotLeader('Cannot act as leader: the lease is not certain any more');
  }
}
