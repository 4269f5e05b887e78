/**
 * Leases between processes. `performance.now()` begins at another moment in each process; CLOCK_MONOTONIC, which
 * `process.hrtime` reads, is one for the machine. The two are compared at the start, and between two reads of one clock, so
 * that the error has bounds: each conversion takes the bound that makes a lease shorter.
 */
import type { LeaseGrant } from './data-plane.ts';

export type ClockReads = {
  /** Monotonic clock of this process. */
  readonly localMs: () => number;
  /** Monotonic clock of the machine. */
  readonly machineMs: () => number;
};

const systemReads: ClockReads = {
  localMs: () => performance.now(),
  machineMs: () => Number(process.hrtime.bigint()) / 1e6,
};

/**
 * The system may interrupt a look, where CPU is limited for a tenth of a second: bounds so wide would end every lease
 * before it begins, for as long as the process lives. Hardly all of several looks are interrupted.
 */
const LOOKS = 10;

export class MachineClock {
  /** By how much the machine's clock is ahead of this process's. */
  readonly #aheadMinMs: number = -Infinity;
  readonly #aheadMaxMs: number = Infinity;

  constructor({ localMs, machineMs }: ClockReads = systemReads) {
    for (let look = 0; look < LOOKS; look++) {
      const beforeMs = machineMs();
      const nowMs = localMs();
      const afterMs = machineMs();
      this.#aheadMinMs = Math.max(this.#aheadMinMs, beforeMs - nowMs);
      this.#aheadMaxMs = Math.min(this.#aheadMaxMs, afterMs - nowMs);
    }
  }

  /** Of a grant in this process's time. */
  toMachine({ validUntilMs, wallAheadMaxMs, version }: LeaseGrant): LeaseGrant {
    return {
      validUntilMs: validUntilMs + this.#aheadMinMs,
      wallAheadMaxMs: wallAheadMaxMs - this.#aheadMaxMs,
      version,
    };
  }

  /** The grant in this process's time. */
  toLocal({ validUntilMs, wallAheadMaxMs, version }: LeaseGrant): LeaseGrant {
    return {
      validUntilMs: validUntilMs - this.#aheadMaxMs,
      wallAheadMaxMs: wallAheadMaxMs + this.#aheadMinMs,
      version,
    };
  }
}
