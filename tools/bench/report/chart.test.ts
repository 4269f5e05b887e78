import { describe, expect, it } from 'vitest';
import { chart } from './chart.ts';
import type { Sample } from './figures.ts';
import type { Run } from './run.ts';

const sample = (workload: string, candidate: string, of: Partial<Sample>): Sample => {
  const cost = { proxyCpuMicros: 10, serversCpuMicros: 1, syscalls: null };
  const load = { requestsPerSecond: 100, p50Ms: 1, p99Ms: 1, p999Ms: 1 };
  const cell = { round: 0, workload, candidate };
  return { ...cell, ...cost, ...load, residentMb: 1, residentPeakMb: 1, ...of };
};
const facts = { date: '', command: '', machine: '', commit: '', rounds: 1, requests: 1 };
const run: Run = {
  ...facts,
  versions: {},
  absent: {},
  workloads: ['GET <1 MB>', 'MSET'],
  candidates: ['keyfleet', 'Envoy', 'direct'],
  samples: [
    sample('GET <1 MB>', 'keyfleet', { proxyCpuMicros: 5, requestsPerSecond: 900 }),
    sample('GET <1 MB>', 'Envoy', {}),
    sample('GET <1 MB>', 'direct', { proxyCpuMicros: null, requestsPerSecond: 200 }),
    sample('MSET', 'keyfleet', {}),
  ],
};

describe('chart', () => {
  const svg = chart(run, 'Envoy');
  const bars = [...svg.matchAll(/<rect [^>]*width="([\d.]+)" height="8"/g)].map(([, width]) =>
    Number(width),
  );
  const numbers = [...svg.matchAll(/font-size="9">([\d.]+)</g)].map(([, text]) => text);

  it('draws each candidate beside the baseline, and only where both were measured', () => {
    expect(numbers).toEqual(['0.50', '9.00', '2.00']);
    expect(svg).not.toContain('MSET');
  });

  it('cuts off a bar that is longer than the panel, not its number', () => {
    const [cpu, most, throughput] = bars;
    expect(most).toBeGreaterThan(cpu!);
    expect(throughput).toBe(most! / 2);
  });

  it('escapes names', () => {
    expect(svg).toContain('GET &lt;1 MB>');
  });

  it('has a legend of what it shows', () => {
    expect(svg).toContain('>keyfleet<');
    expect(svg).not.toContain('>Envoy<');
  });
});
