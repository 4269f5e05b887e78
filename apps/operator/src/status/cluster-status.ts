/** What was seen and planned → the `status` of the resource. Pure. */
import { clusterEndpoint, scaleSelector, type RedisClusterStatus } from '@keyfleet/kube';
import type { CreateView } from '@keyfleet/lifecycle';
import { conditionsOf } from './conditions.ts';
import { operationOf, operationType } from './operation.ts';
import { shardsOf, shardStatuses } from './shards.ts';

export type Seen = Pick<CreateView, 'spec' | 'servers' | 'proxies' | 'control' | 'outdated'> & {
  /** Servers that run with an older configuration. */
  readonly stale: readonly string[];
};
export type Phase = RedisClusterStatus['phase'];
export type Step = { readonly do: string; readonly because: string; readonly for?: string };

type Occasion = {
  readonly previous: RedisClusterStatus | undefined;
  readonly place: {
    readonly namespace: string;
    readonly name: string;
    readonly generation: number;
  };
  readonly isDeleting: boolean;
  readonly nowMs: number;
};

export type Report = Occasion & {
  readonly seen: Seen;
  readonly step: Step;
  /** What the step ran into; null when it went well. */
  readonly error: string | null;
};

export function statusAfterStep(report: Report): RedisClusterStatus {
  const { seen, step, place, error } = report;
  const phase = phaseOf(report);
  const operation = operationOf(report);
  return {
    observedGeneration: place.generation,
    phase,
    message: error ?? step.because,
    conditions: conditionsOf(report, phase),
    ...(operation ? { operation } : {}),
    ...topologyFacts(report),
    proxies: { ready: seen.proxies.state === 'ready' ? seen.proxies.count : 0 },
    endpoint: clusterEndpoint(place, seen.spec.proxy.port),
    selector: scaleSelector(place.name),
  };
}

type TopologyFacts = Pick<RedisClusterStatus, 'shards' | 'topologyVersion' | 'shardStatus'>;

/** What only the configserver knows stands as it was while it does not answer. */
function topologyFacts({ previous, seen }: Report): TopologyFacts {
  const { control } = seen;
  if (control.state === 'unreachable' && previous) {
    const { shards, topologyVersion, shardStatus } = previous;
    return { shards, topologyVersion, ...(shardStatus ? { shardStatus } : {}) };
  }
  const topologyVersion = control.state === 'recorded' ? control.topologyVersion : 0;
  return { shards: shardsOf(seen), topologyVersion, shardStatus: shardStatuses(seen) };
}

/** Nothing could be seen, so what was said before stands, with what went wrong. */
export function statusAfterFailure(
  failure: Occasion & { readonly error: string },
): RedisClusterStatus {
  const { previous, place, error, isDeleting, nowMs } = failure;
  const now = timeOf(nowMs);
  const before = previous?.operation;
  const type = before?.type ?? operationType(failure);
  const isSame = before?.step === 'observe';
  const operation = { type, step: 'observe', since: isSame ? before.since : now, lastError: error };
  const nothing = {
    conditions: [],
    shards: { desired: 0, ready: 0, summary: '0/0' },
    proxies: { ready: 0 },
  };
  return {
    ...nothing,
    topologyVersion: 0,
    ...previous,
    phase: isDeleting ? 'Deleting' : 'Blocked',
    observedGeneration: place.generation,
    message: error,
    operation,
  };
}

/** Only for people: what happened before decides between a first start and a later loss. */
function phaseOf(report: Report): Phase {
  const { previous, seen, step, isDeleting, error } = report;
  if (isDeleting) return 'Deleting';
  if (step.do === 'nothing' && error === null) return 'Ready';
  if (blockedBy(seen) !== null) return 'Blocked';
  if (previous?.phase === 'Ready' && isShortSilence(report)) return 'Ready';
  return wasReady(previous) ? 'Degraded' : 'Creating';
}

/** Servers and proxies do not miss a configserver for this long: another takes the lead. */
const SILENCE_MS = 10_000;

function isShortSilence({ previous, seen, nowMs }: Report): boolean {
  if (seen.control.state !== 'unreachable' || seen.proxies.state !== 'ready') return false;
  const since = previous?.operation?.since;
  return since === undefined || nowMs - Date.parse(since) < SILENCE_MS;
}

/** The operation `Create` stands in the status until it has come to its end. */
export function wasReady(previous: RedisClusterStatus | undefined): boolean {
  return previous !== undefined && previous.operation?.type !== 'Create';
}

/** What does not pass by itself; null: nothing of that kind. */
export function blockedBy({ servers, proxies }: Seen): string | null {
  for (const [id, server] of servers)
    if (server.state === 'failed') return `${id} ${server.because}`;
  return proxies.state === 'failed' ? `the proxy ${proxies.because}` : null;
}

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
