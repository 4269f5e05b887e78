/** What is told as an Event: what begins, what is done, what is stuck. `kubectl describe` reads like a story then. Pure. */
import type { RedisClusterStatus } from '@keyfleet/kube';
import type { Step } from './cluster-status.ts';

export type Told = {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
};

const reasons: Readonly<Record<string, string>> = {
  startServers: 'StartingServers',
  recordCluster: 'RecordingCluster',
  registerNodes: 'RegisteringNodes',
  startProxies: 'StartingProxies',
  update: 'Updating',
  retireCluster: 'RetiringCluster',
  stopProxies: 'StoppingProxies',
  stopServers: 'StoppingServers',
  deleteVolumes: 'DeletingVolumes',
  forgetCluster: 'ForgettingCluster',
};

type Chapter = {
  readonly before: RedisClusterStatus | undefined;
  readonly after: RedisClusterStatus;
  readonly step: Step;
};

export function eventsOf({ before, after, step }: Chapter): Told[] {
  return [
    ...actEvent(before, after, step),
    ...waitEvent(before, after, step),
    ...blockedEvent(before, after),
    ...errorEvent(before, after),
    ...phaseEvent(before, after),
    ...endEvent(step),
  ];
}

/** A step that goes on at the next look, with other numbers, is told once, when it begins. */
function actEvent(
  before: RedisClusterStatus | undefined,
  after: RedisClusterStatus,
  { do: act, because }: Step,
): Told[] {
  const reason = reasons[act];
  if (reason === undefined || before?.operation?.step === after.operation?.step) return [];
  return [{ type: 'Normal', reason, message: sentence(because) }];
}

/** A wait is told once, when it begins. */
function waitEvent(
  before: RedisClusterStatus | undefined,
  after: RedisClusterStatus,
  { do: act, because }: Step,
): Told[] {
  const step = after.operation?.step;
  if (act !== 'wait' || step === undefined || before?.operation?.step === step) return [];
  const reason = `${step.slice(0, 1).toUpperCase()}${step.slice(1)}`.replace(/^Wait/, 'Waiting');
  return [{ type: 'Normal', reason, message: sentence(because) }];
}

function blockedEvent(before: RedisClusterStatus | undefined, after: RedisClusterStatus): Told[] {
  const now = after.operation?.blockedBy;
  if (now === undefined || before?.operation?.blockedBy === now) return [];
  return [{ type: 'Warning', reason: 'Blocked', message: sentence(now) }];
}

function errorEvent(before: RedisClusterStatus | undefined, after: RedisClusterStatus): Told[] {
  const now = after.operation?.lastError;
  if (now === undefined || before?.operation?.lastError === now) return [];
  return [{ type: 'Warning', reason: 'StepFailed', message: now }];
}

function phaseEvent(before: RedisClusterStatus | undefined, after: RedisClusterStatus): Told[] {
  if (before?.phase === after.phase) return [];
  if (after.phase === 'Ready')
    return [
      { type: 'Normal', reason: 'Ready', message: `The cluster is ready at ${after.endpoint}` },
    ];
  if (after.phase === 'Degraded')
    return [{ type: 'Warning', reason: 'Degraded', message: sentence(after.message) }];
  return [];
}

function endEvent(step: Step & { readonly isComplete?: boolean }): Told[] {
  if (step.do !== 'finish') return [];
  return step.isComplete
    ? [{ type: 'Normal', reason: 'Deleted', message: sentence(step.because) }]
    : [{ type: 'Warning', reason: 'DeletedIncompletely', message: sentence(step.because) }];
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
