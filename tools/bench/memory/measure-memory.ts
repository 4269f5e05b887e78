/** What connections cost a proxy in resident memory. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Absent, Start, Started } from '../candidates/candidates.ts';
import { runLoad } from '../measure/load.ts';
import { forgetPeak, residentBytes, residentPeakBytes } from '../measure/process-cost.ts';
import { dataSets, type DataSet } from '../workloads/data-sets.ts';
import { fill } from '../workloads/fill.ts';
import { crowdWorkload, workloads } from '../workloads/workloads.ts';
import { DeafClient, IdleClients } from './clients.ts';
import type { MemoryFigures } from './memory-report.ts';
import { settled } from './settled.ts';

const WARM_REQUESTS = 50_000;
const REQUESTS_PER_CONNECTION = 5;
/** Longer than it takes to fill every buffer between a server and a client. */
const DEAF_MS = 5000;

export type MemoryPlan = { readonly connections: number; readonly signal: AbortSignal };
type Proxy = Started & { readonly proxyPid: number };
type Reading = (proxy: Proxy, plan: MemoryPlan) => Promise<Partial<MemoryFigures>>;

/** Each of a fresh process: hardly one gives memory back. */
const readings: readonly Reading[] = [
  idle,
  active,
  async (proxy, plan) => ({ deaf16KbPeakBytes: await deaf(proxy, dataSets.medium, plan) }),
  async (proxy, plan) => ({ deaf1MbPeakBytes: await deaf(proxy, dataSets.large, plan) }),
];

export async function measureMemory(
  start: Start,
  plan: MemoryPlan,
): Promise<Absent | { version: string; figures: Partial<MemoryFigures> }> {
  let [version, figures]: [string, Partial<MemoryFigures>] = ['', {}];
  for (const read of readings) {
    await using stack = new AsyncDisposableStack();
    const started = await start(stack);
    if ('absent' in started) return started;
    const { proxyPid } = started;
    if (proxyPid === null) return { absent: 'there is no proxy' };
    version = started.version;
    figures = { ...figures, ...(await read({ ...started, proxyPid }, plan)) };
  }
  return { version, figures };
}

/** What is compiled and allocated for the first requests is no connection's cost. */
async function warmed(proxy: Proxy, data: DataSet, signal: AbortSignal): Promise<number> {
  await fill(proxy.address, [dataSets.small, data]);
  await runLoad(proxy, { workload: workloads[0]!, requests: WARM_REQUESTS }, { signal });
  return settled(() => resident(proxy), signal);
}

async function idle(proxy: Proxy, { connections, signal }: MemoryPlan) {
  const bytes = () => resident(proxy);
  const before = await warmed(proxy, dataSets.small, signal);
  using clients = await IdleClients.connect(proxy.address, connections);
  const connected = await settled(bytes, signal);
  await clients.pingEach();
  const pinged = await settled(bytes, signal);
  return {
    emptyBytes: before,
    idleBytesEach: (connected - before) / connections,
    pingedBytesEach: (pinged - before) / connections,
  };
}

async function active(proxy: Proxy, { connections, signal }: MemoryPlan) {
  await warmed(proxy, dataSets.small, signal);
  forgetPeak([proxy.proxyPid]);
  const requests = connections * REQUESTS_PER_CONNECTION;
  await runLoad(proxy, { workload: crowdWorkload(connections), requests }, { signal });
  return { activePeakBytes: residentPeakBytes([proxy.proxyPid]) ?? 0 };
}

async function deaf(proxy: Proxy, data: DataSet, { signal }: MemoryPlan): Promise<number> {
  await warmed(proxy, data, signal);
  forgetPeak([proxy.proxyPid]);
  const client = new DeafClient(proxy.address, data);
  try {
    await delay(DEAF_MS, undefined, { signal });
  } finally {
    client.close();
  }
  return residentPeakBytes([proxy.proxyPid]) ?? 0;
}

function resident({ proxyPid }: Proxy): number {
  return residentBytes([proxyPid]) ?? 0;
}
