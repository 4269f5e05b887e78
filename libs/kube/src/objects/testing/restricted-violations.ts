/**
 * What keeps a pod out of a namespace with `pod-security.kubernetes.io/enforce: restricted`, as the Pod Security
 * Standards list it, and what is stricter here: nothing is written outside of volumes, no token lies around.
 */
import type { V1Container, V1PodSpec, V1Volume } from '@kubernetes/client-node';
import type { Plain } from '../plain.ts';

type Pod = Plain<V1PodSpec>;
type Container = Plain<V1Container>;

const volumeTypes = new Set(['configMap', 'emptyDir', 'persistentVolumeClaim', 'secret']);

const podChecks: Readonly<Record<string, (pod: Pod) => boolean>> = {
  'shares no namespace of the host': ({ hostNetwork, hostPID, hostIPC }) =>
    !hostNetwork && !hostPID && !hostIPC,
  'runs as a user that is not root': ({ securityContext }) =>
    securityContext?.runAsNonRoot === true && (securityContext.runAsUser ?? 0) > 0,
  'has the seccomp profile of the runtime': ({ securityContext }) =>
    securityContext?.seccompProfile?.type === 'RuntimeDefault',
  'sets no sysctls': ({ securityContext }) => securityContext?.sysctls === undefined,
  'mounts no host path': ({ volumes = [] }) => volumes.every(isAllowedVolume),
  'mounts no token': ({ automountServiceAccountToken }) => automountServiceAccountToken === false,
};

const containerChecks: Readonly<Record<string, (container: Container) => boolean>> = {
  'is not privileged': ({ securityContext }) => !securityContext?.privileged,
  'escalates no privileges': ({ securityContext }) =>
    securityContext?.allowPrivilegeEscalation === false,
  'has no capabilities': ({ securityContext }) =>
    securityContext?.capabilities?.drop?.includes('ALL') === true &&
    securityContext.capabilities.add === undefined,
  'does not go back to root': ({ securityContext }) =>
    securityContext?.runAsNonRoot !== false && securityContext?.runAsUser === undefined,
  'keeps the seccomp profile': ({ securityContext }) =>
    securityContext?.seccompProfile === undefined,
  'takes no port of the host': ({ ports = [] }) =>
    ports.every(({ hostPort }) => hostPort === undefined),
  'cannot write its root': ({ securityContext }) =>
    securityContext?.readOnlyRootFilesystem === true,
};

/** The checks that the pod fails. */
export function restrictedViolations(pod: Pod): string[] {
  const containers = [...(pod.initContainers ?? []), ...pod.containers];
  return [
    ...failed(podChecks, pod),
    ...containers.flatMap((container) => failed(containerChecks, container)),
  ];
}

function failed<T>(checks: Readonly<Record<string, (subject: T) => boolean>>, subject: T) {
  return Object.entries(checks)
    .filter(([, passes]) => !passes(subject))
    .map(([what]) => what);
}

function isAllowedVolume(volume: Plain<V1Volume>): boolean {
  return Object.keys(volume).every((key) => key === 'name' || volumeTypes.has(key));
}
