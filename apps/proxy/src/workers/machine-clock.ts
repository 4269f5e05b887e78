/**
 * Leases between processes. `performance.now()` begins at another moment in each process; CLOCK_MONOTONIC, which
 * `process.hrtime` reads, is one for the machine. The two are compared once, and between two reads of one clock, so that
 * the error has bounds: each conversion takes the bound that makes a lease shorter.
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

export class MachineClock {
  /** By how much the machine's clock is ahead of this process's. */
  readonly #aheadMinMs: number;
  readonly #aheadMaxMs: number;

  constructor({ localMs, machineMs }: ClockReads = systemReads) {
    const beforeMs = machineMs();
    const nowMs = localMs();
    this.#aheadMinMs = beforeMs - nowMs;
    this.#aheadMaxMs = machineMs() - nowMs;
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
