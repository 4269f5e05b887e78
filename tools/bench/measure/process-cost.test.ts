import { describe, expect, it } from 'vitest';
import { cpuMicros, family, forgetPeak, parseStat } from './process-cost.ts';
import { residentBytes, residentPeakBytes } from './process-cost.ts';

const MB = 1024 * 1024;

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
    expect(residentBytes([process.pid])).toBeGreaterThan(MB);
  });

  it('counts a child with its parent', () => {
    expect(family([process.ppid])).toContain(process.pid);
    expect(residentBytes([process.ppid])).toBeGreaterThan(residentBytes([process.pid])!);
  });

  it('has a peak that can be forgotten', () => {
    const { pid } = process;
    const before = residentBytes([pid])!;
    expect(Buffer.alloc(64 * MB, 1).length).toBe(64 * MB);
    expect(residentPeakBytes([pid])).toBeGreaterThan(before + 32 * MB);
    forgetPeak([pid]);
    expect(residentPeakBytes([pid])).toBeLessThanOrEqual(residentBytes([pid])! + MB);
  });
});
