/**
 * Conditions say what is so, each with its reason; `lastTransitionTime` changes only with the status. `Unknown` is what
 * only the configserver could tell while it does not answer.
 */
import type { RedisClusterStatus } from '@keyfleet/kube';
import { timeOf, type Failure, type Phase, type Report } from './cluster-status.ts';
import { shardsIn } from './shards.ts';

type Condition = RedisClusterStatus['conditions'][number];
type Judgement = readonly [isTrue: boolean | 'unknown', reason: string, message: string];

export function conditionsOf(input: Report, phase: Phase): Condition[] {
  const judgements: Readonly<Record<string, Judgement>> = {
    Ready: [phase === 'Ready', phase, input.error ?? input.step.because],
    Progressing: progressing(input, phase),
    SlotsCovered: slotsCovered(input),
    ReplicasSynced: replicasSynced(input),
    ProxiesReady: proxiesReady(input),
    ControlPlaneHealthy: controlPlaneHealthy(input),
    UpToDate: upToDate(input),
  };
  const about = { ...input, generation: input.place.generation };
  return Object.entries(judgements).map(([type, judgement]) => condition(type, judgement, about));
}

/** A look that failed says nothing new, but that it is not known any more whether the cluster is ready. */
export function conditionsAfterFailure(failure: Failure): Condition[] {
  const { previous, place, error, isFinal } = failure;
  const judgement: Judgement = isFinal
    ? [false, 'Blocked', error]
    : ['unknown', 'LookFailed', error];
  const generation = isFinal ? place.generation : (previous?.observedGeneration ?? 0);
  const ready = condition('Ready', judgement, { ...failure, generation });
  const others = previous?.conditions.filter(({ type }) => type !== 'Ready') ?? [];
  return [ready, ...others];
}

type About = Pick<Report, 'previous' | 'nowMs'> & { readonly generation: number };

function condition(
  type: string,
  [isTrue, reason, message]: Judgement,
  { previous, generation: observedGeneration, nowMs }: About,
): Condition {
  const status = isTrue === 'unknown' ? 'Unknown' : isTrue ? 'True' : 'False';
  const before = previous?.conditions.find((one) => one.type === type);
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : timeOf(nowMs);
  return { type, status, reason, message, observedGeneration, lastTransitionTime };
}

function progressing({ step, error }: Report, phase: Phase): Judgement {
  if (error !== null) return [false, 'StepFailed', error];
  if (phase === 'Blocked') return [false, 'Blocked', step.because];
  return [step.do !== 'nothing', step.do === 'nothing' ? 'Complete' : 'Working', step.because];
}

function slotsCovered({ seen: { control, spec } }: Report): Judgement {
  if (control.state === 'unreachable') return ['unknown', 'ControlPlaneSilent', control.because];
  const without = shardsIn(control).filter(({ primary }) => primary?.state !== 'primary');
  const known = shardsIn(control).length;
  if (known < spec.shards)
    return [false, 'NotPublished', `${known} of ${spec.shards} shards are known`];
  const [first] = without;
  if (!first) return [true, 'AllShardsServe', 'every shard has its primary'];
  return [
    false,
    'ShardsWithoutPrimary',
    `${without.length} shards have no primary, ${first.id} is one`,
  ];
}

function replicasSynced({ seen: { control, spec } }: Report): Judgement {
  if (control.state === 'unreachable') return ['unknown', 'ControlPlaneSilent', control.because];
  const synced = shardsIn(control)
    .flatMap(({ replicas }) => replicas)
    .filter(({ state }) => state === 'replica').length;
  const wanted = spec.shards * spec.replicasPerShard;
  const message = `${synced} of ${wanted} replicas are in sync`;
  return [synced >= wanted, synced >= wanted ? 'AllInSync' : 'OutOfSync', message];
}

function proxiesReady({ seen: { proxies } }: Report): Judgement {
  if (proxies.state !== 'ready') {
    const message = 'because' in proxies ? `the proxy ${proxies.because}` : 'no proxy is running';
    return [false, 'NotAvailable', message];
  }
  const { count, wanted, stuck } = proxies;
  if (stuck !== null) return [false, 'RolloutStuck', stuck];
  if (count < wanted)
    return [false, 'SomeNotAvailable', `${count} of ${wanted} proxies are available`];
  return [true, 'Available', `${count} proxies are available`];
}

function controlPlaneHealthy({ seen: { control } }: Report): Judgement {
  if (control.state === 'unreachable') return [false, 'Unreachable', control.because];
  return [true, 'Answers', 'the configserver answers'];
}

function upToDate({ seen: { outdated, stale, proxies } }: Report): Judgement {
  const [part] = outdated;
  if (part !== undefined)
    return [
      false,
      'Outdated',
      `${outdated.length} parts are not as the spec wants them, ${part} is one`,
    ];
  const [server] = stale;
  if (server !== undefined) {
    const message = `${stale.length} servers run as an older spec says until their pods are deleted, ${server} is one`;
    return [false, 'RestartNeeded', message];
  }
  if (proxies.state === 'ready' && proxies.outdated > 0)
    return [false, 'RollingOut', `${proxies.outdated} proxies run as an older spec says`];
  return [true, 'AsSpecified', 'everything is as the spec wants it'];
}
