import type { Pod } from '@keyfleet/kube';
import type { ContainerStatus } from './pod.ts';

/** The log of one container of one pod, over all its restarts. */
export type ContainerLog = {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** The pod's, and the container's where there are several. */
  readonly name: string;
  /** Another pod of the same name has another. */
  readonly key: string;
  /** The container that wrote last, or writes; '' before the first. It is another after a restart. */
  readonly life: string;
  readonly isRunning: boolean;
  readonly hasPrevious: boolean;
  /** Why there is no log yet, or what the log does not show; null: nothing to say. */
  readonly note: string | null;
};

export function containerLogsOf({ metadata, spec, status }: Pod): ContainerLog[] {
  const { namespace = '', name: pod, uid = '' } = metadata;
  const containers = (spec?.containers ?? []).map(({ name }) => name);
  return containers.map((container) => ({
    namespace,
    pod,
    container,
    name: containers.length === 1 ? pod : `${pod}/${container}`,
    key: `${uid}/${container}`,
    ...stateOf(status?.containerStatuses?.find(({ name }) => name === container)),
  }));
}

type State = Pick<ContainerLog, 'life' | 'isRunning' | 'hasPrevious' | 'note'>;

function stateOf(status: ContainerStatus | undefined): State {
  const ended = status?.lastState?.terminated;
  const life = lifeOf(status);
  return {
    life,
    isRunning: status?.state?.running !== undefined,
    hasPrevious: ended !== undefined,
    note: life === '' ? `has no log yet: ${waitsFor(status) ?? 'Pending'}` : restarts(status),
  };
}

/** While a container waits for its next start, its log is that of the life that ended last. */
function lifeOf(status: ContainerStatus | undefined): string {
  const { state, lastState, containerID = '' } = status ?? {};
  if (state?.running) return containerID;
  return (state?.terminated ?? lastState?.terminated)?.containerID ?? '';
}

function restarts(status: ContainerStatus | undefined): string | null {
  const ended = status?.lastState?.terminated;
  if (!status || !ended) return null;
  const times = status.restartCount === 1 ? 'once' : `${status.restartCount} times`;
  const waits = waitsFor(status);
  const now = waits === undefined ? '; --previous shows the log before' : ` (${waits})`;
  return `restarted ${times}, it ended with exit code ${ended.exitCode}${now}`;
}

function waitsFor(status: ContainerStatus | undefined): string | undefined {
  return status?.state?.waiting?.reason;
}
