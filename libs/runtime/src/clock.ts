/** Time as a parameter: leases and timeouts use the monotonic clock, records and logs the wall clock. */
import { setTimeout as sleepFor } from 'node:timers/promises';

export type Clock = {
  /** Milliseconds since the epoch; may jump. */
  wallMs: () => number;
  /** Milliseconds that only grow; means nothing to another process. */
  monotonicMs: () => number;
  /** Resolves after `ms`, or at once when `signal` aborts: the caller looks at the signal. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
};

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      await sleepFor(ms, undefined, signal ? { signal } : {});
    } catch {
      // Aborted: see the contract above.
    }
  },
};
