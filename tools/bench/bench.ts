/** One run: suite after suite, candidates are started, filled, measured and stopped. */
import type { Absent, Candidate, Started } from './candidates/candidates.ts';
import { runLoad } from './measure/load.ts';
import { measure, type Contender } from './measure/measure.ts';
import type { Options } from './options/options.ts';
import type { Run } from './report/run.ts';
import type { Suite } from './suites.ts';
import { fill } from './workloads/fill.ts';
import { FILLING_REQUESTS, fillingWorkload } from './workloads/workloads.ts';

export type Watch = { readonly signal: AbortSignal; readonly onProgress: (line: string) => void };
type Measured = Pick<Run, 'versions' | 'absent' | 'candidates' | 'workloads' | 'samples'>;

export async function bench(
  { suites, rounds, requests }: Options,
  watch: Watch,
): Promise<Measured> {
  const parts: Measured[] = [];
  for (const suite of suites) parts.push(await benchSuite(suite, { rounds, requests, ...watch }));
  return {
    versions: Object.assign({}, ...parts.map(({ versions }) => versions)) as Run['versions'],
    absent: Object.assign({}, ...parts.map(({ absent }) => absent)) as Run['absent'],
    candidates: unique(parts.flatMap(({ candidates }) => candidates)),
    workloads: unique(parts.flatMap(({ workloads }) => workloads)),
    samples: parts.flatMap(({ samples }) => samples),
  };
}

type Plan = Watch & Pick<Options, 'rounds' | 'requests'>;

async function benchSuite({ candidates, workloads }: Suite, plan: Plan): Promise<Measured> {
  await using stack = new AsyncDisposableStack();
  const { contenders, absent } = await startAll(candidates, stack, plan.signal);
  for (const contender of contenders) await fillContender(contender, plan.signal);
  const samples = await measure({ contenders, workloads, ...plan });
  return {
    versions: Object.fromEntries(contenders.map(({ name, version }) => [name, version])),
    absent,
    candidates: contenders.map(({ name }) => name),
    workloads: workloads.map(({ name }) => name),
    samples,
  };
}

async function startAll(
  candidates: readonly Candidate[],
  stack: AsyncDisposableStack,
  signal: AbortSignal,
) {
  const contenders: Contender[] = [];
  const absent: Record<string, string> = {};
  for (const candidate of candidates) {
    signal.throwIfAborted();
    const { name } = candidate;
    const started = await startOne(candidate, stack);
    if ('absent' in started) absent[name] = started.absent;
    else contenders.push({ name, ...started });
  }
  return { contenders, absent };
}

/** Ours must start; of what was fetched, the run says that it did not. */
async function startOne(
  { start, isFetched }: Candidate,
  stack: AsyncDisposableStack,
): Promise<Started | Absent> {
  try {
    return await start(stack);
  } catch (error) {
    if (!isFetched) throw error;
    return { absent: (error as Error).message.split('\n')[0]! };
  }
}

async function fillContender(contender: Contender, signal: AbortSignal): Promise<void> {
  if (!contender.isCluster) return fill(contender.address);
  await runLoad(contender, { workload: fillingWorkload, requests: FILLING_REQUESTS }, { signal });
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
