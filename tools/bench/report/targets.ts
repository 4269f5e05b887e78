/** What issues K3 and K5 want of the proxy ("Done when"), as data, and whether a run has it. Pure. */
import {
  DIRECT,
  ENVOY,
  OURS,
  OURS_OVER_CLUSTER,
  OURS_TWO_WORKERS,
} from '../candidates/candidates.ts';
import { differenceOf, ratioOf, type Figure, type Spread } from './figures.ts';
import type { Run } from './run.ts';

export type Target = {
  readonly workload: string;
  readonly candidate: string;
  readonly baseline: string;
  readonly figure: Figure;
  readonly compared: 'ratio' | 'difference';
  readonly bound: { readonly atMost: number } | { readonly atLeast: number };
};

export type Verdict = Target & {
  readonly measured: Spread;
  /** By the median. */
  readonly isMet: boolean;
};

/** Workload, CPU per request at most, throughput at least, as multiples of Envoy's. */
const besideEnvoy: readonly (readonly [string, number, number])[] = [
  ['GET P1', 0.75, 1.1],
  ['SET P1', 0.75, 1.1],
  ['GET P16', 0.4, 1.6],
  ['SET P16', 0.4, 1.6],
  ['MGET 10 keys P1', 0.4, 1.6],
  ['MSET 10 keys P1', 0.4, 1.6],
  ['MSET 10 keys P16', 0.3, 2],
  ['GET 16 KB', 0.7, 1.2],
  ['SET 16 KB', 0.65, 1.2],
  ['GET 1000 connections', 0.8, 1.1],
];

/** Workload, milliseconds above a server alone at most. */
const besideDirect: readonly (readonly [string, number])[] = [
  ['GET P1', 0.15],
  ['SET P1', 0.15],
  ['MSET 10 keys P1', 0.15],
  ['GET P16', 0.5],
  ['SET P16', 0.5],
];

/** Two workers: so many times one worker's throughput, at most so many times its CPU per request. */
const TWO_WORKERS_THROUGHPUT = 1.7;
const TWO_WORKERS_CPU = 1.1;

/** Over a Redis Cluster (K5): the rows beside Envoy within so much. */
const OVER_CLUSTER_SLACK = 1.05;

const toEnvoy = { baseline: ENVOY, compared: 'ratio' } as const;
const toDirect = { candidate: OURS, baseline: DIRECT, compared: 'difference' } as const;
const toOneWorker = { candidate: OURS_TWO_WORKERS, baseline: OURS, compared: 'ratio' } as const;

/** Of a run over these workloads: p99 has a target in each. */
export function targetsOf(workloads: readonly string[]): readonly Target[] {
  const fixed: Target[] = [
    ...rowsBesideEnvoy(OURS, 1),
    ...rowsBesideEnvoy(OURS_OVER_CLUSTER, OVER_CLUSTER_SLACK),
    ...besideDirect.map(([workload, ms]): Target => {
      return { ...toDirect, workload, figure: 'p50Ms', bound: { atMost: ms } };
    }),
    ...['GET P1', 'GET P16'].flatMap((workload): Target[] => [
      {
        ...toOneWorker,
        workload,
        figure: 'requestsPerSecond',
        bound: { atLeast: TWO_WORKERS_THROUGHPUT },
      },
      { ...toOneWorker, workload, figure: 'proxyCpuMicros', bound: { atMost: TWO_WORKERS_CPU } },
    ]),
  ];
  const p99 = workloads.map((workload): Target => {
    return { ...toEnvoy, candidate: OURS, workload, figure: 'p99Ms', bound: { atMost: 1 } };
  });
  return [...fixed.filter(({ workload }) => workloads.includes(workload)), ...p99];
}

function rowsBesideEnvoy(candidate: string, slack: number): Target[] {
  return besideEnvoy.flatMap(([workload, cpu, throughput]): Target[] => {
    const of = { ...toEnvoy, candidate, workload };
    return [
      { ...of, figure: 'proxyCpuMicros', bound: { atMost: rounded(cpu * slack) } },
      { ...of, figure: 'requestsPerSecond', bound: { atLeast: rounded(throughput / slack) } },
    ];
  });
}

function rounded(bound: number): number {
  return Math.round(bound * 1000) / 1000;
}

/** Of what the run measured. */
export function verdictsOf({ samples, workloads }: Run): readonly Verdict[] {
  return targetsOf(workloads).flatMap((target) => {
    const compare = { ratio: ratioOf, difference: differenceOf }[target.compared];
    const measured = compare(samples, target, target);
    if (measured === null) return [];
    return [{ ...target, measured, isMet: isWithin(measured.median, target.bound) }];
  });
}

function isWithin(value: number, bound: Target['bound']): boolean {
  return 'atMost' in bound ? value <= bound.atMost : value >= bound.atLeast;
}
