/** The Kubernetes cluster that a command means, opened, and what it refuses in words for the user. */
import { KubeClient, KubeConfigError, KubeError, loadKubeConfig } from '@keyfleet/kube';
import { CommandError, EXIT_CONFIG } from '../command-error.ts';
import { LogError } from './open-log.ts';
import { podKind, type Pod } from './pod.ts';

export type Place = {
  /** Empty: as the kubeconfig has it; so are the next two. */
  readonly context: string;
  readonly namespace: string;
  readonly kubeconfig: string;
  readonly installNamespace: string;
  readonly env: Readonly<Record<string, string | undefined>>;
};

export type Kubernetes = {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly installNamespace: string;
};

/** Runs the work with a client, and closes it. Throws CommandError. */
export async function withKubernetes<T>(
  place: Place,
  work: (kubernetes: Kubernetes) => Promise<T>,
): Promise<T> {
  try {
    const { namespace, installNamespace } = place;
    const client = new KubeClient(configOf(place));
    try {
      return await work({ client, namespace: namespace || client.namespace, installNamespace });
    } finally {
      client.close();
    }
  } catch (error) {
    if (error instanceof KubeConfigError)
      throw new CommandError(error.message, { exitCode: EXIT_CONFIG, cause: error });
    if (error instanceof KubeError || error instanceof LogError)
      throw new CommandError(error.message, { cause: error });
    throw error;
  }
}

function configOf({ context, kubeconfig, env }: Place): ReturnType<typeof loadKubeConfig> {
  return loadKubeConfig({
    environment: env,
    context: context || undefined,
    kubeconfig: kubeconfig || undefined,
  });
}

/** Throws KubeError. */
export async function listPods(
  { client }: Kubernetes,
  namespace: string,
  labelSelector: string,
): Promise<Pod[]> {
  return await client.list<Pod>(podKind, { namespace, labelSelector });
}
