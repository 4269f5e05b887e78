import { describe, expect, it } from 'vitest';
import type { Sample } from './figures.ts';
import { markdownReport, table, type Run } from './report.ts';

const figures = { serversCpuMicros: 5, p50Ms: 0.5, p99Ms: 1.25, residentMb: 90.4, round: 0 };
const samples: Sample[] = [
  { ...figures, workload: 'GET P1', candidate: 'ours', proxyCpuMicros: 6, requestsPerSecond: 90_000 },
  { ...figures, workload: 'GET P1', candidate: 'Envoy', proxyCpuMicros: 8, requestsPerSecond: 60_000 },
  { ...figures, workload: 'GET P1', candidate: 'direct', proxyCpuMicros: null, requestsPerSecond: 120_000 },
]; // prettier-ignore
const run: Run = {
  date: '2026-11-21',
  command: 'npm run bench',
  machine: '2 × Some CPU',
  commit: 'abc1234',
  rounds: 1,
  requests: 1000,
  versions: { ours: '1', Envoy: '2' },
  absent: {},
  workloads: ['GET P1'],
  candidates: ['ours', 'Envoy', 'direct'],
  samples,
};

describe('markdownReport', () => {
  const lines = markdownReport(run, ['Envoy', 'direct']).split('\n');

  it('shows each candidate as a multiple of the baselines', () => {
    expect(lines).toContain('| GET P1 | ours | 0.75 | 1.50 | 1.00 | 1.00 |');
    expect(lines).toContain('| GET P1 | ours | 0.75 | 1.00 | 1.00 |');
  });

  it('leaves out a ratio that no candidate has, as the CPU to a baseline without a proxy', () => {
    const at = lines.indexOf('## As multiples of direct');
    expect(lines[at + 2]).toBe('| workload | candidate | throughput | p50 | p99 |');
  });

  it('shows figures with a dash where there is none', () => {
    expect(lines).toContain('| GET P1 | ours | 6.00 | 5.00 | 90000 | 0.50 | 1.25 | 90 |');
    expect(lines).toContain('| GET P1 | direct | – | 5.00 | 120000 | 0.50 | 1.25 | 90 |');
  });

  it('shows the spread of several rounds', () => {
    const second = { ...samples[0]!, round: 1, proxyCpuMicros: 7 };
    const report = markdownReport({ ...run, samples: [...samples, second] }, []);
    expect(report).toContain('| GET P1 | ours | 6.50 (6.00–7.00) |');
  });

  it('says what is left out, and compares with nothing that is not there', () => {
    const absent = { Envoy: 'there is no pip' };
    const report = markdownReport({ ...run, absent, candidates: ['ours'] }, ['Envoy', 'direct']);
    expect(report).toContain('- Envoy is left out: there is no pip');
    expect(report).not.toContain('multiples');
  });
});

it('table() aligns figures to the right', () => {
  expect(table(['a', 'b', 'c'], [['x', 'y', '1']])).toEqual([
    '| a | b | c |',
    '| --- | --- | --: |',
    '| x | y | 1 |',
  ]);
});
