import { podState, type KubeObject, type Pod } from '@keyfleet/kube';
import { CommandError, EXIT_NOT_RUNNING } from '../command-error.ts';
import type { Kubernetes } from './kubernetes.ts';
import { podKind } from './pod.ts';

const SERVICE = 'keyfleet-configserver';
const SERVICE_PORT = 7400;

type Service = KubeObject & {
  readonly spec?: {
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly { readonly port: number; readonly targetPort?: number | string }[];
  };
};

export type Configserver = { readonly pod: string; readonly port: number };

/** Those that are ready, of the Service that all clusters use. Throws CommandError when none is, and KubeError. */
export async function findConfigservers({
  client,
  installNamespace: namespace,
}: Kubernetes): Promise<Configserver[]> {
  const service = await client.get<Service>({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: SERVICE, namespace },
  });
  if (!service) throw new CommandError(notInstalled(namespace), { exitCode: EXIT_NOT_RUNNING });

  const selector = Object.entries(service.spec?.selector ?? {});
  const labelSelector = selector.map(([label, value]) => `${label}=${value}`).join(',');
  const pods = await client.list<Pod>(podKind, { namespace, labelSelector });
  const ready = pods.filter((pod) => podState(pod).state === 'ready');
  if (ready.length > 0)
    return ready.map((pod) => ({ pod: pod.metadata.name, port: portOf(service, pod) }));

  const lines = pods.map((pod) => {
    const state = podState(pod);
    return `${pod.metadata.name} ${state.state === 'ready' ? 'is ready' : state.because}`;
  });
  throw new CommandError(notRunning(namespace, lines), { exitCode: EXIT_NOT_RUNNING });
}

/** The container's port that the Service's leads to; it may be given by its name there. */
export function portOf({ spec }: Service, pod: Pod): number {
  const { targetPort } = spec?.ports?.find(({ port }) => port === SERVICE_PORT) ?? {};
  if (typeof targetPort === 'number') return targetPort;
  const ports = pod.spec?.containers.flatMap((container) => container.ports ?? []) ?? [];
  return ports.find(({ name }) => name === targetPort)?.containerPort ?? SERVICE_PORT;
}

function notInstalled(namespace: string): string {
  return `Cannot find Keyfleet in the namespace ${namespace}: it has no Service ${SERVICE}, want the namespace that Keyfleet is installed in (--install-namespace)`;
}

/** `pods`: what each of them is doing. One line; with several pods, one more for each. */
export function notRunning(namespace: string, pods: readonly string[]): string {
  const head = `The configserver is not running in the namespace ${namespace}`;
  if (pods.length === 0) return `${head}: the Service ${SERVICE} has no pods`;
  return pods.length === 1 ? `${head}: ${pods[0]!}` : [`${head}:`, ...pods].join('\n  ');
}
