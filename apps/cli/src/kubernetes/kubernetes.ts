/** The Kubernetes cluster that a command means, opened, and what it refuses in words for the user. */
import { KubeClient, KubeConfigError, KubeError, loadKubeConfig, type Pod } from '@keyfleet/kube';
import { CommandError, EXIT_CONFIG } from '../command-error.ts';
import { LogError } from './open-log.ts';
import { podKind } from './pod.ts';

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
  const client = new KubeClient(configOf(place));
  try {
    const namespace = place.namespace || client.namespace;
    return await work({ client, namespace, installNamespace: place.installNamespace });
  } catch (error) {
    if (!(error instanceof KubeError || error instanceof LogError)) throw error;
    throw new CommandError(describe(error, client), { cause: error });
  } finally {
    client.close();
  }
}

/** Nobody there is about the place; anything else is about what was asked for. */
function describe(error: KubeError | LogError, { config }: KubeClient): string {
  if (error instanceof LogError) return `Cannot read a log: ${error.message}`;
  if (error.code !== 'UNREACHABLE' || error.status !== 0) return error.message;
  const server = config.getCurrentCluster()?.server ?? '';
  const because = error.cause instanceof Error ? error.cause.message : error.message;
  return `Cannot reach the Kubernetes API server at ${server} (context ${config.getCurrentContext()}): ${because}`;
}

function configOf({ context, kubeconfig, env }: Place): ReturnType<typeof loadKubeConfig> {
  try {
    return loadKubeConfig({
      environment: env,
      context: context || undefined,
      kubeconfig: kubeconfig || undefined,
    });
  } catch (error) {
    if (!(error instanceof KubeConfigError)) throw error;
    throw new CommandError(error.message, { exitCode: EXIT_CONFIG, cause: error });
  }
}

/** Throws KubeError. */
export async function listPods(
  { client }: Kubernetes,
  namespace: string,
  labelSelector: string,
): Promise<Pod[]> {
  return await client.list<Pod>(podKind, { namespace, labelSelector });
}
