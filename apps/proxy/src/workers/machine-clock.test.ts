import { describe, expect, it } from 'vitest';
import { MachineClock } from './machine-clock.ts';

/**
 * A process that began when the machine's clock stood at `startMs`; each read of a clock takes `readMs`, but for the
 * first ones, which take `firstMs`.
 */
function processFrom(startMs: number, readMs: number, firstMs: readonly number[] = []) {
  const first = [...firstMs];
  let machineMs = startMs + 1000;
  const read = (ms: () => number) => () => {
    machineMs += first.shift() ?? readMs;
    return ms();
  };
  return new MachineClock({
    localMs: read(() => machineMs - startMs),
    machineMs: read(() => machineMs),
  });
}

const grant = { validUntilMs: 3000, wallAheadMaxMs: 500, version: 7 };

describe('a lease that goes to another process', () => {
  it('ends there at the same moment', () => {
    const there = processFrom(500_000, 0).toLocal(processFrom(100_000, 0).toMachine(grant));
    expect(there).toEqual({
      validUntilMs: 3000 + 100_000 - 500_000,
      wallAheadMaxMs: 500 - 100_000 + 500_000,
      version: 7,
    });
  });

  it('is never longer there, however slowly the clocks were read', () => {
    for (const [slow, slower] of [
      [0, 9],
      [9, 0],
      [5, 7],
    ] as const) {
      const there = processFrom(0, slower).toLocal(processFrom(0, slow).toMachine(grant));
      expect(there.validUntilMs).toBeLessThan(grant.validUntilMs);
      expect(there.validUntilMs).toBeGreaterThanOrEqual(grant.validUntilMs - slow - slower);
      expect(there.wallAheadMaxMs).toBeLessThan(grant.wallAheadMaxMs);
    }
  });

  it('is no shorter there because a process was interrupted while it read', () => {
    for (const interrupted of [
      [0, 100],
      [0, 0, 100],
      [0, 100, 0, 0, 0, 100],
    ]) {
      const there = processFrom(0, 1, interrupted).toLocal(
        processFrom(0, 1, interrupted).toMachine(grant),
      );
      expect(there.validUntilMs).toBeGreaterThanOrEqual(grant.validUntilMs - 2);
      expect(there.wallAheadMaxMs).toBeGreaterThanOrEqual(grant.wallAheadMaxMs - 2);
    }
  });

  it('that has no end has none there', () => {
    const endless = { validUntilMs: Infinity, wallAheadMaxMs: Infinity, version: 0 };
    expect(processFrom(0, 1).toLocal(processFrom(5, 1).toMachine(endless))).toEqual(endless);
  });

  it('is as good by the real clocks, but for the time of the reads', () => {
    const there = new MachineClock().toLocal(new MachineClock().toMachine(grant));
    expect(there.validUntilMs).toBeLessThanOrEqual(grant.validUntilMs);
    expect(there.validUntilMs).toBeGreaterThan(0);
  });
});
