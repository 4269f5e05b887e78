/** What is asked of every candidate, as data: a workload more is a row more. */

export type Workload = {
  readonly name: string;
  /** `redis-benchmark -t`. */
  readonly test: string;
  readonly pipeline: number;
  readonly connections: number;
  readonly valueBytes: number;
  /** Cheap requests are measured over more of them: CPU time is counted in steps of 10 ms. */
  readonly requestsFactor: number;
};

/** Keys are drawn at random from so many; all of them exist before the first round. */
export const KEY_COUNT = 100_000;
export const FILL_VALUE_BYTES = 64;

const usual = { connections: 50, valueBytes: FILL_VALUE_BYTES };

export const workloads: readonly Workload[] = [
  { ...usual, name: 'SET P1', test: 'set', pipeline: 1, requestsFactor: 1 },
  { ...usual, name: 'GET P1', test: 'get', pipeline: 1, requestsFactor: 1 },
  { ...usual, name: 'SET P16', test: 'set', pipeline: 16, requestsFactor: 6 },
  { ...usual, name: 'GET P16', test: 'get', pipeline: 16, requestsFactor: 6 },
  { ...usual, name: 'MSET 10 keys P1', test: 'mset', pipeline: 1, requestsFactor: 0.5 },
];
