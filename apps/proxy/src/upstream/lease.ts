/**
 * The permission to pass replies on (design §4, protocol P1 and P3). A connection remembers the generation under which
 * it was opened; after a lapse the generation is another, and nothing that was sent under the old one reaches a client.
 */
export type Lease = {
  /** Monotonic clock; Infinity with `lease: off`, -Infinity before the first session. */
  validUntilMs: number;
  generation: number;
  /**
   * The most by which the wall clock may be ahead of the monotonic one. The monotonic clock stands still while a machine
   * sleeps: a lease that looks valid after that is over (protocol P1).
   */
  wallAheadMaxMs: number;
};

/**
 * Whether the wall clock is further ahead of the monotonic one than the lease allows. A process that is interrupted between
 * reading one clock and the other sees a difference that is not there (30 ms are not rare on a busy machine, and as much
 * as a lease of 3 s allows), so a look that finds one is made again, the other way round.
 */
export function isWallAhead(
  { wallAheadMaxMs }: Pick<Lease, 'wallAheadMaxMs'>,
  { monotonicMs, wallMs }: { monotonicMs: () => number; wallMs: () => number },
  nowMs: number,
): boolean {
  if (wallMs() - nowMs <= wallAheadMaxMs) return false;
  const againWallMs = wallMs();
  return againWallMs - monotonicMs() > wallAheadMaxMs;
}

type Leased = { lease: Lease; monotonicMs: () => number; wallMs: () => number };

/** Whether what was sent under this generation may be passed on. */
export function isLeased(env: Leased, generation: number, nowMs: number): boolean {
  const { lease } = env;
  if (nowMs >= lease.validUntilMs || generation !== lease.generation) return false;
  return !isWallAhead(lease, env, nowMs);
}
