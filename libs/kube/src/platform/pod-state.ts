/** What a pod of ours is doing, in words for the user. Pure. */
import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { KubeObject } from '../client/kube-object.ts';
import type { Plain } from '../objects/plain.ts';

type Container = Plain<V1ContainerStatus>;
export type Pod = KubeObject & Pick<Plain<V1Pod>, 'spec' | 'status'>;

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

export function podState(pod: Pod): PodState {
  const { status, metadata } = pod;
  if (metadata.deletionTimestamp !== undefined) return { state: 'stopping', because: 'is ending' };
  if (isTrue(pod, 'Ready') && status?.podIP) return { state: 'ready', ip: status.podIP };
  return unscheduled(pod) ?? unstartable(status?.containerStatuses) ?? ended(pod) ?? starting(pod);
}

function unscheduled(pod: Pod): PodState | undefined {
  const condition = conditionOf(pod, 'PodScheduled');
  if (condition?.status !== 'False') return undefined;
  // The scheduler lost a race for a volume, or the like, and tries again by itself.
  if (condition.reason === 'SchedulerError')
    return { state: 'starting', because: 'is being given a place' };
  return { state: 'failed', because: `has no place: ${short(condition.message ?? '')}` };
}

function unstartable(containers: readonly Container[] = []): PodState | undefined {
  const stuck = containers.find(({ state }) => failures.has(state?.waiting?.reason ?? ''));
  return stuck && { state: 'failed', because: `cannot start (${troubleOf(stuck)})` };
}

function troubleOf({ state, lastState }: Container): string {
  const exitCode = lastState?.terminated?.exitCode;
  const facts = [
    state?.waiting?.reason,
    exitCode === undefined ? undefined : `it ended with exit code ${exitCode}`,
    short(state?.waiting?.message ?? ''),
  ];
  return facts.filter(Boolean).join(', ');
}

function ended({ status }: Pod): PodState | undefined {
  if (status?.phase !== 'Failed' && status?.phase !== 'Succeeded') return undefined;
  const why = status.reason ?? status.message ?? '';
  return { state: 'failed', because: `has ended${why ? `: ${short(why)}` : ''}` };
}

function starting({ spec, status }: Pod): PodState {
  const isRunning = status?.phase === 'Running';
  const where = spec?.nodeName === undefined ? '' : ` on ${spec.nodeName}`;
  return {
    state: 'starting',
    because: isRunning ? `runs${where}, but is not ready` : `is being created${where}`,
  };
}

function conditionOf(pod: Pod, type: string) {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

function isTrue(pod: Pod, type: string): boolean {
  return conditionOf(pod, type)?.status === 'True';
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= MESSAGE_LENGTH_MAX ? line : `${line.slice(0, MESSAGE_LENGTH_MAX)}…`;
}
