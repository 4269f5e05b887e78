/** All candidates, all workloads, interleaved: whatever else the machine does meets each of them. */
import type { Started } from '../candidates/candidates.ts';
import type { Sample } from '../report/figures.ts';
import { fitsCluster, type Workload } from '../workloads/workloads.ts';
import { runLoad } from './load.ts';
import { cpuMicros, family, forgetPeak, residentBytes, residentPeakBytes } from './process-cost.ts';
import { SyscallCounter } from './syscalls.ts';

/** Counting slows what is counted: it has a cell of its own, and a count needs no long one. */
const COUNTED_SHARE = 0.3;
/** In cluster mode redis-benchmark has several threads, and then sees four times a second whether it is done. */
const CLUSTER_FACTOR = 3;
const BYTES_OF_MB = 1024 * 1024;

export type Contender = Started & { readonly name: string };

export type Plan = {
  readonly contenders: readonly Contender[];
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  readonly requests: number;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
};

type CellRun = { round: number; workload: Workload; contender: Contender };

export async function measure(plan: Plan): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    for (const workload of plan.workloads) {
      plan.onProgress(`round ${round + 1} of ${plan.rounds}: ${workload.name}`);
      const fitting = plan.contenders.filter((contender) => fits(contender, workload));
      for (const contender of rotated(fitting, round))
        samples.push(await measureCell(plan, { round, workload, contender }));
    }
  }
  return samples;
}

function fits({ isCluster }: Contender, workload: Workload): boolean {
  return !isCluster || fitsCluster(workload);
}

/** Each goes first in some rounds, so that coming after another is nobody's burden. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

async function measureCell(plan: Plan, cell: CellRun): Promise<Sample> {
  const { round, workload, contender } = cell;
  const proxyPids = contender.proxyPid === null ? null : [contender.proxyPid];
  const requests = requestsOf(plan, cell);
  if (proxyPids) forgetPeak(proxyPids);
  const cpu = () => ({
    proxy: proxyPids && cpuMicros(proxyPids),
    servers: cpuMicros(contender.serverPids),
  });
  let before = cpu();
  const onStart = () => (before = cpu());
  const load = await runLoad(contender, { workload, requests }, { signal: plan.signal, onStart });
  const after = cpu();
  return {
    round,
    workload: workload.name,
    candidate: contender.name,
    proxyCpuMicros: perRequest(before.proxy, after.proxy, requests),
    serversCpuMicros: perRequest(before.servers, after.servers, requests),
    ...load,
    residentMb: proxyPids && inMb(residentBytes(proxyPids)),
    residentPeakMb: proxyPids && inMb(residentPeakBytes(proxyPids)),
    // One count is enough: it hardly differs between rounds.
    syscalls: round === 0 && proxyPids ? await syscallsPerRequest(plan, cell) : null,
  };
}

async function syscallsPerRequest(plan: Plan, cell: CellRun): Promise<number | null> {
  const { workload, contender } = cell;
  const counter = await SyscallCounter.attach(family([contender.proxyPid!]));
  if (counter === null) return null;
  const requests = Math.ceil(requestsOf(plan, cell) * COUNTED_SHARE);
  const onStart = () => counter.start();
  try {
    await runLoad(contender, { workload, requests }, { signal: plan.signal, onStart });
  } finally {
    counter.stop();
  }
  return perRequest(0, await counter.count, requests);
}

function requestsOf({ requests }: Plan, { workload, contender }: CellRun): number {
  const factor = contender.isCluster ? CLUSTER_FACTOR : 1;
  return Math.ceil(requests * workload.requestsFactor * factor);
}

function perRequest(before: number | null, after: number | null, requests: number): number | null {
  return before === null || after === null ? null : (after - before) / requests;
}

function inMb(bytes: number | null): number | null {
  return bytes === null ? null : bytes / BYTES_OF_MB;
}
