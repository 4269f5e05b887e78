/** Proxy sessions as the leader counts them, on its own monotonic clock (protocol §2). Pure: the time is a parameter. */

export type SessionLease = {
  readonly id: string;
  /** The version when its record was written: B2, it has never known an older one. */
  readonly openedAtVersion: number;
  readonly appliedVersion: number;
  readonly health: 'serving' | 'closed';
  readonly errors: readonly { node: string; count: number; last: string }[];
  /** Of the last answer; at a new leader at least its election. */
  readonly answeredAtMs: number;
  /** No more renewals are answered; it is ended when its record is deleted, not before (B1). */
  readonly isEnding: boolean;
};

/** Two clocks differ by at most this share of a duration. */
export const CLOCK_DRIFT = 0.01;
/** For what lies between reading a clock and acting on it. */
export const LEASE_MARGIN_MS = 100;

/** Those that may still serve something older than `version`: barrier(version) is over when there are none. */
export function sessionsBehind(sessions: Iterable<SessionLease>, version: number): string[] {
  return [...sessions]
    .filter((session) => session.openedAtVersion < version && session.appliedVersion < version)
    .map((session) => session.id);
}

/** Those that certainly serve no more: nobody answered them for longer than the proxy counts its lease. */
export function lapsedSessions(
  sessions: Iterable<SessionLease>,
  leaseMs: number,
  nowMs: number,
): string[] {
  const silenceMs = leaseMs * (1 + CLOCK_DRIFT) + LEASE_MARGIN_MS;
  return [...sessions]
    .filter((session) => session.isEnding || nowMs - session.answeredAtMs > silenceMs)
    .map((session) => session.id);
}
