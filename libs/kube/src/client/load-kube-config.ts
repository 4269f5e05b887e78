/**
 * Which API server, and as whom: flag, then KUBECONFIG, then the service account of the pod we run in, then
 * `~/.kube/config`. Files of KUBECONFIG are merged as kubectl merges them: the first that names a thing wins. (The
 * library's own search refuses what two files name, prefers the last, and ends at a guess: localhost.)
 */
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';

export class KubeConfigError extends Error {
  override readonly name = 'KubeConfigError';
  readonly code: 'NO_KUBECONFIG' | 'INVALID_KUBECONFIG';

  constructor(code: KubeConfigError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export type KubeConfigOptions = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A file; nothing else is looked at. */
  readonly kubeconfig?: string | undefined;
  /** A name in the files, instead of their current context. */
  readonly context?: string | undefined;
  /** Where a pod finds its own account. */
  readonly serviceAccountFolder?: string;
};

const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

export function loadKubeConfig(options: KubeConfigOptions): KubeConfig {
  const { environment, context, kubeconfig } = options;
  const named = kubeconfig === undefined ? filesIn(environment['KUBECONFIG']) : [kubeconfig];
  if (named.length > 0) return select(mergedFiles(named), named, context);

  // A context is a name in a file, so whoever gives one does not mean the pod's account.
  const inCluster = context === undefined && inClusterConfig(options);
  if (inCluster) return inCluster;

  const file = join(environment['HOME'] || '/', '.kube', 'config');
  if (existsSync(file)) return select(mergedFiles([file]), [file], context);
  throw new KubeConfigError(
    'NO_KUBECONFIG',
    `Cannot find a Kubernetes cluster: no --kubeconfig, no KUBECONFIG, not in a pod, and no ${file}`,
  );
}

/** The namespace that the chosen context names. */
export function namespaceOf(config: KubeConfig): string {
  return config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
}

function filesIn(list: string | undefined): string[] {
  return (list ?? '').split(delimiter).filter((file) => file !== '');
}

function mergedFiles(files: readonly string[]): KubeConfig {
  const found = files.filter((file) => existsSync(file));
  if (found.length === 0) {
    const message = `Cannot find a Kubernetes cluster: there is no file ${files.join(', ')}`;
    throw new KubeConfigError('NO_KUBECONFIG', message);
  }
  return found.map(readFile).reduce((first, next) => {
    const merged = new KubeConfig();
    merged.loadFromOptions({
      clusters: firstOfName([...first.getClusters(), ...next.getClusters()]),
      users: firstOfName([...first.getUsers(), ...next.getUsers()]),
      contexts: firstOfName([...first.getContexts(), ...next.getContexts()]),
      currentContext: first.getCurrentContext() || next.getCurrentContext(),
    });
    return merged;
  });
}

function firstOfName<T extends { name: string }>(named: readonly T[]): T[] {
  return named.filter(({ name }, at) => named.findIndex((other) => other.name === name) === at);
}

function readFile(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
    return config;
  } catch (error) {
    const message = `Cannot read kubeconfig ${file}: ${String(error).replace(/\s+/g, ' ')}`;
    throw new KubeConfigError('INVALID_KUBECONFIG', message, error);
  }
}

function select(
  config: KubeConfig,
  files: readonly string[],
  context: string | undefined,
): KubeConfig {
  const wanted = context ?? config.getCurrentContext();
  config.setCurrentContext(wanted);
  const fault = faultOf(config, wanted);
  if (fault === undefined) return config;
  const message = `Cannot use kubeconfig ${files.join(', ')}: ${fault}`;
  throw new KubeConfigError('INVALID_KUBECONFIG', message);
}

function faultOf(config: KubeConfig, context: string): string | undefined {
  const known = config.getContexts().map(({ name }) => name);
  if (known.includes(context)) {
    return config.getCurrentCluster() ? undefined : `context ${context} names no cluster in it`;
  }
  const now = context ? `no context ${context}` : 'no current context';
  return `${now}, want one of: ${known.join(', ') || '(it has none)'}`;
}

function inClusterConfig({
  environment,
  serviceAccountFolder = SERVICE_ACCOUNT_FOLDER,
}: KubeConfigOptions): KubeConfig | undefined {
  const host = environment['KUBERNETES_SERVICE_HOST'];
  const tokenFile = join(serviceAccountFolder, 'token');
  if (!host || !existsSync(tokenFile)) return undefined;

  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '443';
  const namespaceFile = join(serviceAccountFolder, 'namespace');
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: 'in-cluster',
      server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      caFile: join(serviceAccountFolder, 'ca.crt'),
      skipTLSVerify: false,
    },
    // The provider reads the file again from time to time: the kubelet renews the token.
    { name: 'in-cluster', authProvider: { name: 'tokenFile', config: { tokenFile } } },
  );
  const [context] = config.getContexts();
  if (existsSync(namespaceFile)) {
    const namespace = readFileSync(namespaceFile, 'utf8').trim();
    config.contexts = [{ ...context!, namespace }];
  }
  return config;
}
