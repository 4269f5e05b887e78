/**
 * Conditions say what is so, each with its reason; `lastTransitionTime` changes only with the status. `Unknown` is what
 * only the configserver could tell while it does not answer.
 */
import type { RedisClusterStatus } from '@keyfleet/kube';
import { timeOf, type Phase, type Report } from './cluster-status.ts';
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
  return Object.entries(judgements).map(([type, judgement]) => condition(type, judgement, input));
}

function condition(
  type: string,
  [isTrue, reason, message]: Judgement,
  { previous, place, nowMs }: Report,
): Condition {
  const status = isTrue === 'unknown' ? 'Unknown' : isTrue ? 'True' : 'False';
  const before = previous?.conditions.find((one) => one.type === type);
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : timeOf(nowMs);
  const observedGeneration = place.generation;
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
  if (proxies.state === 'ready')
    return [true, 'Available', `${proxies.count} proxies are available`];
  const message = 'because' in proxies ? `the proxy ${proxies.because}` : 'no proxy is running';
  return [false, 'NotAvailable', message];
}

function controlPlaneHealthy({ seen: { control } }: Report): Judgement {
  if (control.state === 'unreachable') return [false, 'Unreachable', control.because];
  return [true, 'Answers', 'the configserver answers'];
}

function upToDate({ seen: { outdated, stale } }: Report): Judgement {
  const [part] = outdated;
  if (part !== undefined)
    return [
      false,
      'Outdated',
      `${outdated.length} parts are not as the spec wants them, ${part} is one`,
    ];
  const [server] = stale;
  if (server === undefined) return [true, 'AsSpecified', 'everything is as the spec wants it'];
  const message = `${stale.length} servers run with an older configuration until they restart, ${server} is one`;
  return [false, 'RestartNeeded', message];
}
