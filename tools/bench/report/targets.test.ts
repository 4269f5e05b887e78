import { describe, expect, it } from 'vitest';
import { suitesOf } from '../suites.ts';
import type { Sample } from './figures.ts';
import type { Run } from './run.ts';
import { targetsOf, verdictsOf } from './targets.ts';

const [main] = suitesOf({ root: '/keyfleet', beside: null });
const names = (items: readonly { name: string }[]) => items.map(({ name }) => name);
const workloads = names(main!.workloads);
const candidates = names(main!.candidates);

const sample = (workload: string, candidate: string, of: Partial<Sample>): Sample => {
  const cost = { proxyCpuMicros: 1, serversCpuMicros: 1, syscalls: null };
  const load = { requestsPerSecond: 1, p50Ms: 1, p99Ms: 1, p999Ms: 1 };
  const cell = { round: 0, workload, candidate };
  return { ...cell, ...cost, ...load, residentMb: 1, residentPeakMb: 1, ...of };
};
const facts = { date: '', command: '', machine: '', commit: '', rounds: 1, requests: 1 };
const runOf = (samples: Sample[], of: Partial<Run> = {}): Run => {
  return { ...facts, versions: {}, absent: {}, workloads, candidates, samples, ...of };
};
const verdict = (run: Run, figure: string, compared = 'ratio') =>
  verdictsOf(run).find((each) => each.figure === figure && each.compared === compared);

describe('targetsOf', () => {
  it('names workloads and candidates that there are', () => {
    const targets = targetsOf(workloads);
    for (const { workload, candidate, baseline } of targets) {
      expect(workloads).toContain(workload);
      expect(candidates).toEqual(expect.arrayContaining([candidate, baseline]));
    }
  });

  it('has the ten rows of the table, and p99 for every workload', () => {
    const figures = targetsOf(workloads)
      .filter(({ candidate, baseline }) => candidate === 'keyfleet' && baseline === 'Envoy')
      .map(({ figure }) => figure);
    const count = (figure: string) => figures.filter((each) => each === figure).length;
    expect(count('proxyCpuMicros')).toBe(10);
    expect(count('requestsPerSecond')).toBe(10);
    expect(count('p99Ms')).toBe(workloads.length);
  });

  it('leaves five per cent over a Redis Cluster', () => {
    const overCluster = targetsOf(workloads).filter(
      ({ candidate, workload }) =>
        candidate.endsWith('Redis Cluster') && workload === 'MGET 10 keys P1',
    );
    expect(overCluster).toMatchObject([
      { figure: 'proxyCpuMicros', bound: { atMost: 0.42 } },
      { figure: 'requestsPerSecond', bound: { atLeast: 1.524 } },
    ]);
  });
});

describe('verdictsOf', () => {
  it.each([
    ['at the bound', 0.75, true],
    ['above it', 0.76, false],
  ])('of CPU %s', (_name, cpu, isMet) => {
    const ours = sample('GET P1', 'keyfleet', { proxyCpuMicros: cpu });
    const run = runOf([ours, sample('GET P1', 'Envoy', {})]);
    expect(verdict(run, 'proxyCpuMicros')).toMatchObject({ isMet, measured: { median: cpu } });
  });

  it.each([
    ['at the bound', 1.1, true],
    ['below it', 1.09, false],
  ])('of throughput %s', (_name, rate, isMet) => {
    const ours = sample('GET P1', 'keyfleet', { requestsPerSecond: rate });
    const run = runOf([ours, sample('GET P1', 'Envoy', {})]);
    expect(verdict(run, 'requestsPerSecond')).toMatchObject({ isMet });
  });

  it('compares latency to a server alone as a difference', () => {
    const ours = sample('GET P16', 'keyfleet', { p50Ms: 1.5 });
    const run = runOf([ours, sample('GET P16', 'direct', { p50Ms: 1 })]);
    expect(verdict(run, 'p50Ms', 'difference')).toMatchObject({ isMet: true });
  });

  it('does not judge what was not measured', () => {
    expect(verdictsOf(runOf([sample('GET P1', 'keyfleet', {})]))).toEqual([]);
  });
});
