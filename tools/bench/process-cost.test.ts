import { describe, expect, it } from 'vitest';
import { cpuMicros, parseStat, residentMb } from './process-cost.ts';

describe('parseStat', () => {
  it('adds user and system time, whatever the name of the process is', () => {
    const text =
      '42 (a) b (c) S 7 42 42 0 -1 4194304 99 0 0 0 150 50 900 900 20 0 11 0 100 1000 50\n';
    expect(parseStat(text)).toEqual({ parent: 7, cpuMicros: 2_000_000 });
  });
});

describe.runIf(process.platform === 'linux')('of a live process', () => {
  it('has time and memory', () => {
    expect(cpuMicros([process.pid])).toBeGreaterThan(0);
    expect(residentMb([process.pid])).toBeGreaterThan(1);
  });

  it('counts a child with its parent', () => {
    expect(residentMb([process.ppid])).toBeGreaterThan(residentMb([process.pid])!);
  });
});
