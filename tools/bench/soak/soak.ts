/** Drives the phases against one proxy, cycle after cycle, and notes its memory every second. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Address } from '@keyfleet/testkit';
import { residentBytes } from '../measure/process-cost.ts';
import { runRedisBenchmark } from '../measure/redis-benchmark.ts';
import { DeafClient } from '../memory/clients.ts';
import { phases, type Phase, type PhaseLoad } from './phases.ts';
import type { RssSample } from './trend.ts';

const SAMPLE_EVERY_MS = 1000;
/** More than any phase gets through: phases end by the clock. */
const REQUESTS = 1_000_000_000;

export type Soaked = { readonly address: Address; readonly proxyPid: number };
export type SoakPlan = {
  readonly minutes: number;
  readonly phaseSeconds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
};

export async function soak(proxy: Soaked, plan: SoakPlan): Promise<RssSample[]> {
  const samples: RssSample[] = [];
  const start = performance.now();
  const secondsNow = () => (performance.now() - start) / 1000;
  let cycle = 0;
  const timer = setInterval(() => {
    const bytes = residentBytes([proxy.proxyPid]);
    if (bytes) samples.push({ seconds: secondsNow(), cycle, bytes });
  }, SAMPLE_EVERY_MS);
  try {
    for (; secondsNow() < plan.minutes * 60; cycle++) {
      plan.onProgress(
        `cycle ${cycle + 1}, ${Math.floor(secondsNow() / 60)} of ${plan.minutes} min`,
      );
      for (const phase of phases) await run(proxy, phase, plan);
    }
  } finally {
    clearInterval(timer);
  }
  return samples;
}

async function run(
  proxy: Soaked,
  { load, deaf }: Phase,
  { phaseSeconds, signal }: SoakPlan,
): Promise<void> {
  const over = new AbortController();
  const client = deaf && new DeafClient(proxy.address, deaf);
  const loading = load && runUntil(proxy, load, AbortSignal.any([signal, over.signal]));
  try {
    await Promise.race([
      delay(phaseSeconds * 1000, undefined, { signal }),
      ...(loading ? [loading] : []),
    ]);
  } finally {
    over.abort();
    client?.close();
    await loading;
  }
}

/** Being stopped is how it ends; another end is an error of the load or of the proxy. */
async function runUntil({ address }: Soaked, load: PhaseLoad, stop: AbortSignal): Promise<void> {
  const watch = { signal: stop, onConnected: () => undefined };
  try {
    await runRedisBenchmark({ address, isCluster: false }, { ...load, requests: REQUESTS }, watch);
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}
