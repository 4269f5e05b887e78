/** The phase is for people; what happened before decides between a first start and a later loss. */
import type { RedisClusterStatus } from '@keyfleet/kube';
import type { Phase, Report, Seen } from './cluster-status.ts';

export function phaseOf(report: Report): Phase {
  const { previous, seen, step, isDeleting, error } = report;
  if (isDeleting) return 'Deleting';
  if (step.do === 'nothing' && error === null) return 'Ready';
  if (blockedBy(seen) !== null) return 'Blocked';
  if (isUpdate(report) || isShortSilence(report)) return 'Ready';
  return wasReady(previous) ? 'Degraded' : 'Creating';
}

const changes = new Set(['recordCluster', 'update']);

/** The spec is another, and the cluster serves its clients meanwhile. */
export function isUpdate({ previous, seen: { control, proxies }, step }: Report): boolean {
  const serves =
    control.state === 'recorded' && control.phase === 'Ready' && proxies.state === 'ready';
  return changes.has(step.do) && previous?.phase === 'Ready' && serves;
}

/** Servers and proxies do not miss a configserver for this long: another takes the lead. */
const SILENCE_MS = 10_000;

function isShortSilence({ previous, seen, nowMs }: Report): boolean {
  if (previous?.phase !== 'Ready') return false;
  if (seen.control.state !== 'unreachable' || seen.proxies.state !== 'ready') return false;
  const { operation } = previous;
  if (operation?.step !== 'waitForConfigserver') return true;
  return nowMs - Date.parse(operation.since) < SILENCE_MS;
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
