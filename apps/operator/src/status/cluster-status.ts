/** What was seen and planned → the `status` of the resource. Pure. */
import { clusterEndpoint, scaleSelector, type RedisClusterStatus } from '@keyfleet/kube';
import type { CreateView } from '@keyfleet/lifecycle';
import { conditionsAfterFailure, conditionsOf } from './conditions.ts';
import { operationOf, operationType } from './operation.ts';
import { phaseOf } from './phase.ts';
import { shardsOf, shardStatuses } from './shards.ts';

export type Seen = Pick<CreateView, 'spec' | 'servers' | 'proxies' | 'control' | 'outdated'> & {
  /** Servers whose pods are older than what the spec makes. */
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
    proxies: proxyCounts(seen),
    endpoint: clusterEndpoint(place, seen.spec.proxy.port),
    selector: scaleSelector(place.name),
  };
}

function proxyCounts({ proxies }: Seen): RedisClusterStatus['proxies'] {
  return proxies.state === 'ready'
    ? { wanted: proxies.wanted, ready: proxies.count }
    : { ready: 0 };
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

export type Failure = Occasion & {
  readonly error: string;
  /** Only another spec helps; else the next look may see more. */
  readonly isFinal: boolean;
};

/** Nothing could be seen, so what was said before stands, with what went wrong. */
export function statusAfterFailure(failure: Failure): RedisClusterStatus {
  const { previous, place, error, isDeleting, isFinal, nowMs } = failure;
  const now = timeOf(nowMs);
  const before = previous?.operation;
  const type = before?.type ?? operationType(failure);
  const isSame = before?.step === 'observe';
  const known = previous ?? nothingKnown;
  return {
    ...known,
    phase: isDeleting ? 'Deleting' : isFinal ? 'Blocked' : known.phase,
    observedGeneration: isFinal ? place.generation : known.observedGeneration,
    message: error,
    conditions: conditionsAfterFailure(failure),
    operation: { type, step: 'observe', since: isSame ? before.since : now, lastError: error },
  };
}

const nothingKnown: RedisClusterStatus = {
  observedGeneration: 0,
  phase: 'Creating',
  message: '',
  conditions: [],
  shards: { desired: 0, ready: 0, summary: '0/0' },
  proxies: { ready: 0 },
  topologyVersion: 0,
};

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
