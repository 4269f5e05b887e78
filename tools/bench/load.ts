/** The load generator: `redis-benchmark`. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Address } from '@keyfleet/testkit';
import { KEY_COUNT, type Workload } from './workloads.ts';

/** It waits for ever for a server that does not answer. */
const CELL_MS_MAX = 120_000;

export type LoadFigures = {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
};

export async function runLoad(
  { host, port }: Address,
  workload: Workload,
  { requests, signal }: { requests: number; signal: AbortSignal },
): Promise<LoadFigures> {
  const flags = {
    h: host,
    p: port,
    t: workload.test,
    P: workload.pipeline,
    c: workload.connections,
    d: workload.valueBytes,
    r: KEY_COUNT,
    n: requests,
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`-${name}`, String(value)]);
  const { stdout } = await promisify(execFile)('redis-benchmark', [...args, '--csv'], {
    signal,
    timeout: CELL_MS_MAX,
  });
  return parseLoadCsv(stdout);
}

/** A head line with the names of the columns, and one line of figures. */
export function parseLoadCsv(text: string): LoadFigures {
  const lines = text.split('\n').filter((line) => line.startsWith('"'));
  const [names, values] = lines.map((line) => line.slice(1, -1).split('","'));
  const figure = (name: string): number => {
    const value = Number(values?.[names!.indexOf(name)]);
    if (Number.isFinite(value)) return value;
    throw new Error(`Cannot read redis-benchmark's ${name}: got "${text.trim()}", want a figure`);
  };
  return {
    requestsPerSecond: figure('rps'),
    p50Ms: figure('p50_latency_ms'),
    p99Ms: figure('p99_latency_ms'),
  };
}
