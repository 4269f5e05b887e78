import type { RedisClusterStatus } from '@keyfleet/kube';
import { timeOf, type Report } from './cluster-status.ts';
import { blockedBy, isUpdate, wasReady } from './phase.ts';

type Operation = NonNullable<RedisClusterStatus['operation']>;

/** What is being done now; undefined: nothing is to be done. */
export function operationOf(input: Report): Operation | undefined {
  const { previous, step, seen, error, nowMs } = input;
  if (step.do === 'nothing' && error === null) return undefined;
  const type = isUpdate(input) ? 'Update' : operationType(input);
  const name = stepName(step);
  const before = previous?.operation;
  const isSame = before?.type === type && before.step === name;
  const blocked = blockedBy(seen);
  return {
    type,
    step: name,
    since: isSame ? before.since : timeOf(nowMs),
    ...(blocked === null ? {} : { blockedBy: blocked }),
    ...(error === null ? {} : { lastError: error }),
  };
}

export function operationType({
  isDeleting,
  previous,
}: Pick<Report, 'isDeleting' | 'previous'>): Operation['type'] {
  if (isDeleting) return 'Delete';
  return wasReady(previous) ? 'Repair' : 'Create';
}

/** `waitForReplication` rather than `wait`: it is what a column of `kubectl get` shows. */
function stepName(step: Report['step']): string {
  if (step.for === undefined) return step.do;
  return `waitFor${step.for.slice(0, 1).toUpperCase()}${step.for.slice(1)}`;
}
