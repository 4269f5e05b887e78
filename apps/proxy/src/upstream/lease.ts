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
