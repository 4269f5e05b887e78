import { describe, expect, it } from 'vitest';
import type { Sample } from './figures.ts';
import { markdownReport } from './report.ts';
import type { Run } from './run.ts';

const figures = { serversCpuMicros: 5, p50Ms: 0.5, p99Ms: 1.25, p999Ms: 2, round: 0 };
const memory = { residentMb: 90.4, residentPeakMb: 95 };
const sample = (candidate: string, of: Partial<Sample>): Sample => {
  const cost = { proxyCpuMicros: null, syscalls: null, requestsPerSecond: 1, ...memory };
  return { ...figures, ...cost, workload: 'GET P1', candidate, ...of };
};
const samples = [
  sample('keyfleet', { proxyCpuMicros: 6, syscalls: 2.5, requestsPerSecond: 90_000 }),
  sample('Envoy', { proxyCpuMicros: 8, syscalls: 5, requestsPerSecond: 60_000 }),
  sample('direct', { requestsPerSecond: 120_000, residentMb: null, residentPeakMb: null }),
];
const run: Run = {
  date: '2026-11-21',
  command: 'npm run bench',
  machine: '2 × Some CPU',
  commit: 'abc1234',
  rounds: 1,
  requests: 1000,
  versions: { keyfleet: '1', Envoy: '2' },
  absent: {},
  workloads: ['GET P1', 'MSET'],
  candidates: ['keyfleet', 'Envoy', 'direct'],
  samples,
};
const extras = { baselines: ['Envoy', 'direct'], chart: null, notes: null };

describe('markdownReport', () => {
  const lines = markdownReport(run, extras).split('\n');

  it('shows each candidate as a multiple of the baselines', () => {
    expect(lines).toContain('| GET P1 | keyfleet | 0.75 | 0.50 | 1.50 | 1.00 | 1.00 | 1.00 |');
    expect(lines).toContain('| GET P1 | keyfleet | 0.75 | 1.00 | 1.00 | 1.00 |');
  });

  it('leaves out a ratio that no candidate has, as the CPU to a baseline without a proxy', () => {
    const at = lines.indexOf('## As multiples of direct');
    expect(lines[at + 2]).toBe('| workload | candidate | throughput | p50 | p99 | p99.9 |');
  });

  it('shows figures with a dash where there is none', () => {
    expect(lines).toContain(
      '| GET P1 | keyfleet | 6.00 | 2.50 | 5.00 | 90000 | 0.50 | 1.25 | 2.00 | 90 | 95 |',
    );
    expect(lines).toContain(
      '| GET P1 | direct | – | – | 5.00 | 120000 | 0.50 | 1.25 | 2.00 | – | – |',
    );
  });

  it('has no row for what was not measured', () => {
    expect(lines.filter((line) => line.startsWith('| MSET'))).toEqual([]);
  });

  it('shows the spread of several rounds', () => {
    const second = { ...samples[0]!, round: 1, proxyCpuMicros: 7 };
    const report = markdownReport({ ...run, samples: [...samples, second] }, extras);
    expect(report).toContain('| GET P1 | keyfleet | 6.50 (6.00–7.00) |');
  });

  it('says what is left out, and compares with nothing that is not there', () => {
    const absent = { Envoy: 'there is no pip' };
    const alone = { ...run, absent, candidates: ['keyfleet'], samples: samples.slice(0, 1) };
    const report = markdownReport(alone, extras);
    expect(report).toContain('- Envoy is left out: there is no pip');
    expect(report).not.toContain('multiples');
    expect(report).not.toContain('Targets');
  });

  it('begins with the targets: what was wanted, what is', () => {
    const first = lines.findIndex((line) => line.startsWith('## '));
    expect(lines[first]).toBe('## Targets');
    expect(lines).toContain('| GET P1 | CPU per request: keyfleet ÷ Envoy | ≤ 0.75 | 0.75 | yes |');
    expect(lines).toContain('| GET P1 | p50: keyfleet − direct | ≤ 0.15 ms | 0.00 | yes |');
  });

  it('has the chart and the notes that it is given', () => {
    const report = markdownReport(run, { ...extras, chart: 'x.svg', notes: 'Slow, because.\n' });
    expect(report).toContain('## Notes\n\nSlow, because.\n');
    expect(report).toContain('(x.svg)');
  });
});
