/** A workload's load on a candidate: one `redis-benchmark` for each part, side by side. */
import type { Workload } from '../workloads/workloads.ts';
import type { LoadFigures } from './load-report.ts';
import { runRedisBenchmark, type LoadTarget } from './redis-benchmark.ts';

export type Load = { readonly workload: Workload; readonly requests: number };

export type LoadWatch = {
  readonly signal: AbortSignal;
  /** Called when the load begins: where connections are many, not before all are there. */
  readonly onStart?: () => void;
};

export async function runLoad(
  target: LoadTarget,
  { workload, requests }: Load,
  { signal, onStart = () => undefined }: LoadWatch,
): Promise<LoadFigures> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const isCrowded = workload.parts.some(({ connections }) => connections > FEW_CONNECTIONS);
  if (!isCrowded) onStart();
  const running = workload.parts.map((part) =>
    runRedisBenchmark(
      target,
      { part, pipeline: workload.pipeline, requests: Math.ceil(requests * part.share) },
      { signal: either, onConnected: isCrowded ? onStart : () => undefined },
    ),
  );
  try {
    return together(await Promise.all(running), workload);
  } finally {
    failed.abort();
    await Promise.allSettled(running);
  }
}

/** As many as redis-benchmark opens without a pause. */
const FEW_CONNECTIONS = 64;

/** Throughput of all parts; latencies of the largest. */
function together(figures: readonly LoadFigures[], { parts }: Workload): LoadFigures {
  const largest = parts.reduce((a, b) => (b.share > a.share ? b : a));
  return {
    ...figures[parts.indexOf(largest)]!,
    requestsPerSecond: figures.reduce((sum, part) => sum + part.requestsPerSecond, 0),
  };
}
