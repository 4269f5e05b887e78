/** Rounds of all scenarios over one cluster, with all candidates before it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { RedisCluster } from '@keyfleet/testkit';
import type { Crowd, Seen } from './load/crowd.ts';
import type { ClusterRun, Phase, Sample } from './report/cluster-run.ts';
import type { Scenario } from './scenarios.ts';

const QUIET_MS = 2000;
const QUIET_TRIES = 15;
/** A shard that answers no more often than this is not yet well. */
const QUIET_GAP_MS = 1000;

export type Plan = {
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  readonly slots: number;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
};

export async function runScenarios(
  cluster: RedisCluster,
  crowd: Crowd,
  plan: Plan,
): Promise<Pick<ClusterRun, 'samples' | 'leftOut'>> {
  const samples: Sample[] = [];
  const leftOut: string[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    for (const scenario of plan.scenarios) {
      const name = `${scenario.name}, round ${round + 1} of ${plan.rounds}`;
      plan.onProgress(name);
      try {
        samples.push(...(await samplesFrom({ cluster, crowd, round, scenario }, plan)));
      } catch (error) {
        plan.signal.throwIfAborted();
        // What was seen until now is worth minutes.
        leftOut.push(`${name}: ${(error as Error).message.split('\n')[0]!}`);
        plan.onProgress(`left out: ${leftOut.at(-1)!}`);
      }
    }
  }
  return { samples, leftOut };
}

async function samplesFrom(act: Act, plan: Plan): Promise<Sample[]> {
  const { quiet, event } = await runScenario(act, plan);
  const of = { scenario: act.scenario.name, round: act.round };
  return [
    ...samplesOf(quiet, { ...of, phase: 'quiet' }),
    ...samplesOf(event, { ...of, phase: 'event' }),
  ];
}

function samplesOf(seen: Seen, of: Pick<Sample, 'scenario' | 'round' | 'phase'>): Sample[] {
  return [...seen].map(([candidate, observed]) => ({ ...of, candidate, ...observed }));
}

type Act = {
  readonly cluster: RedisCluster;
  readonly crowd: Crowd;
  readonly round: number;
  readonly scenario: Scenario;
};

async function runScenario(
  { cluster, crowd, round, scenario }: Act,
  { slots, signal }: Plan,
): Promise<Record<Phase, Seen>> {
  await setNodeTimeout(cluster, scenario.nodeTimeoutMs);
  const quiet = await quietTime(crowd, signal);
  const hit = scenario.hit(round);
  crowd.watch(hit);
  const repair = await scenario.event({ cluster, shard: hit[0], slots, signal });
  await delay(scenario.watchMs, undefined, { signal });
  const event = crowd.seen();
  await repair();
  await cluster.whenReady();
  return { quiet, event };
}

async function setNodeTimeout({ nodes }: RedisCluster, ms: number): Promise<void> {
  for (const node of nodes)
    await node.expectOk('CONFIG', 'SET', 'cluster-node-timeout', String(ms));
}

/** Nobody shall begin with what is left of the last scenario. Who is not well after half a minute begins as it is. */
async function quietTime(crowd: Crowd, signal: AbortSignal): Promise<Seen> {
  for (let tries = 1; ; tries++) {
    crowd.watch([]);
    await delay(QUIET_MS, undefined, { signal });
    const seen = crowd.seen();
    if (tries === QUIET_TRIES || isQuiet(seen)) return seen;
  }
}

function isQuiet(seen: Seen): boolean {
  const groups = [...seen.values()].flatMap((observed) => observed.groups);
  return groups.every(
    ({ lastFailureMs, longestGapMs }) => lastFailureMs === null && longestGapMs < QUIET_GAP_MS,
  );
}
