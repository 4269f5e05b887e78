/** What a pod of ours is doing, in words for the user. Pure. */
import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';

export type PodState =
  | { readonly state: 'ready'; readonly ip: string }
  /** `failed`: somebody has to do something, or it will not come up. */
  | { readonly state: 'starting' | 'failed' | 'stopping'; readonly because: string };

/** Reasons of a waiting container that do not pass by themselves. */
const failures = new Set([
  'CrashLoopBackOff',
  'CreateContainerConfigError',
  'CreateContainerError',
  'ErrImagePull',
  'ErrImageNeverPull',
  'ImagePullBackOff',
  'InvalidImageName',
  'RunContainerError',
]);

const MESSAGE_LENGTH_MAX = 200;

export function podState(pod: V1Pod): PodState {
  const { status } = pod;
  if (pod.metadata?.deletionTimestamp !== undefined)
    return { state: 'stopping', because: 'is ending' };
  if (isTrue(pod, 'Ready') && status?.podIP) return { state: 'ready', ip: status.podIP };
  return unscheduled(pod) ?? waiting(status?.containerStatuses) ?? ended(pod) ?? starting(pod);
}

function unscheduled(pod: V1Pod): PodState | undefined {
  const condition = conditionOf(pod, 'PodScheduled');
  if (condition?.status !== 'False') return undefined;
  return { state: 'failed', because: `has no place: ${short(condition.message ?? '')}` };
}

function waiting(statuses: readonly V1ContainerStatus[] = []): PodState | undefined {
  const container = statuses.find(({ state }) => failures.has(state?.waiting?.reason ?? ''));
  const { reason = '', message = '' } = container?.state?.waiting ?? {};
  if (!container) return undefined;
  const last = container.lastState?.terminated;
  const exit = last ? `, it ended with exit code ${last.exitCode}` : '';
  return {
    state: 'failed',
    because: `cannot start (${reason}${exit})${message ? `: ${short(message)}` : ''}`,
  };
}

function ended({ status }: V1Pod): PodState | undefined {
  if (status?.phase !== 'Failed' && status?.phase !== 'Succeeded') return undefined;
  const why = status.reason ?? status.message ?? '';
  return { state: 'failed', because: `has ended${why ? `: ${short(why)}` : ''}` };
}

function starting({ spec, status }: V1Pod): PodState {
  const isRunning = status?.phase === 'Running';
  const where = spec?.nodeName === undefined ? '' : ` on ${spec.nodeName}`;
  return {
    state: 'starting',
    because: isRunning ? `runs${where}, but is not ready` : `is being created${where}`,
  };
}

function conditionOf(pod: V1Pod, type: string) {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

function isTrue(pod: V1Pod, type: string): boolean {
  return conditionOf(pod, type)?.status === 'True';
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= MESSAGE_LENGTH_MAX ? line : `${line.slice(0, MESSAGE_LENGTH_MAX)}…`;
}
