/** All candidates, all workloads, interleaved: whatever else the machine does meets each of them. */
import type { Started } from './candidates.ts';
import type { Sample } from './figures.ts';
import { runLoad } from './load.ts';
import { cpuMicros, residentMb } from './process-cost.ts';
import type { Workload } from './workloads.ts';

export type Contender = Started & { readonly name: string };

export type Plan = {
  readonly contenders: readonly Contender[];
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  readonly requests: number;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
};

export async function measure(plan: Plan): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    for (const workload of plan.workloads) {
      plan.onProgress(`round ${round + 1} of ${plan.rounds}: ${workload.name}`);
      for (const contender of rotated(plan.contenders, round))
        samples.push(await measureCell(plan, { round, workload, contender }));
    }
  }
  return samples;
}

/** Each goes first in some rounds, so that coming after another is nobody's burden. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

type CellRun = { round: number; workload: Workload; contender: Contender };

async function measureCell(plan: Plan, { round, workload, contender }: CellRun): Promise<Sample> {
  const { name, address, serverPids } = contender;
  const proxyPids = contender.proxyPid === null ? null : [contender.proxyPid];
  const requests = Math.ceil(plan.requests * workload.requestsFactor);
  const before = { proxy: cpuOrNull(proxyPids), servers: cpuMicros(serverPids) };
  const load = await runLoad(address, workload, { requests, signal: plan.signal });
  return {
    round,
    workload: workload.name,
    candidate: name,
    proxyCpuMicros: perRequest(before.proxy, cpuOrNull(proxyPids), requests),
    serversCpuMicros: perRequest(before.servers, cpuMicros(serverPids), requests),
    ...load,
    residentMb: proxyPids && residentMb(proxyPids),
  };
}

function cpuOrNull(pids: readonly number[] | null): number | null {
  return pids && cpuMicros(pids);
}

function perRequest(before: number | null, after: number | null, requests: number): number | null {
  return before === null || after === null ? null : (after - before) / requests;
}
