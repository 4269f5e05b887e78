/**
 * A pod's container as a process of this machine. Paths inside the container become folders of the pod, and what
 * binds to all addresses binds to the pod's own: apart from that it runs with the arguments, environment and files
 * that a kubelet would give it.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { V1Container, V1PodSpec, V1Volume } from '@kubernetes/client-node';
import type { KubeObject } from '@keyfleet/kube';

export type Pod = KubeObject & { readonly spec: V1PodSpec };

export type LocalPod = {
  readonly pod: Pod;
  readonly ip: string;
  /** What stands for a volume. */
  readonly folderOf: (volume: string) => string;
};

type Environment = Readonly<Record<string, string>>;
export type LocalCommand = { readonly words: readonly string[]; readonly env: Environment };

/** `entrypoint` stands for the one of the image. */
export function localCommand(
  pod: LocalPod,
  container: V1Container,
  entrypoint: readonly string[],
): LocalCommand {
  const env = environmentOf(pod, container);
  const words = [...(container.command ?? entrypoint), ...(container.args ?? [])];
  const localize = localizerFor(pod, container);
  const localEnv = Object.entries(env).map(([name, value]) => [name, localize(value)]);
  return {
    words: words.map((word) => localize(expanded(word, env))),
    env: Object.fromEntries(localEnv) as Environment,
  };
}

/** The files of a ConfigMap or Secret; where they name paths of the container, they name the pod's folders instead. */
export async function writeVolume(
  pod: LocalPod,
  volume: V1Volume,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const user = pod.pod.spec.containers.find(({ volumeMounts = [] }) =>
    volumeMounts.some(({ name }) => name === volume.name),
  );
  const localize = user ? localizerFor(pod, user) : (text: string) => text;
  for (const [name, text] of Object.entries(files)) {
    const path = join(pod.folderOf(volume.name), name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, localize(text).replace(/^bind .*$/m, `bind ${pod.ip}`));
  }
}

function localizerFor(pod: LocalPod, container: V1Container): (text: string) => string {
  const env = environmentOf(pod, container);
  const folders = new Map([['0.0.0.0', pod.ip]]);
  for (const { name, mountPath, subPath, subPathExpr = '' } of container.volumeMounts ?? []) {
    folders.set(mountPath, join(pod.folderOf(name), subPath ?? expanded(subPathExpr, env)));
  }
  // The longest first, for one may be inside another.
  const paths = [...folders.keys()].sort((a, b) => b.length - a.length);
  const choices = paths.map((path) => path.replaceAll('.', '\\.')).join('|');
  const pattern = new RegExp(`(?<![\\w./-])(${choices})(?![\\w.-])`, 'g');
  return (text) => text.replace(pattern, (found) => folders.get(found)!);
}

function environmentOf(pod: LocalPod, container: V1Container): Environment {
  const env: Record<string, string> = {};
  for (const { name, value = '', valueFrom } of container.env ?? []) {
    const field = valueFrom?.fieldRef?.fieldPath;
    env[name] = field === undefined ? expanded(value, env) : fieldOf(pod, field);
  }
  return env;
}

function fieldOf({ pod, ip }: LocalPod, path: string): string {
  const { name, namespace, labels = {} } = pod.metadata;
  const label = /^metadata\.labels\['(.+)'\]$/.exec(path)?.[1];
  const fields: Record<string, string | undefined> = {
    'status.podIP': ip,
    'metadata.name': name,
    'metadata.namespace': namespace,
    ...(label !== undefined && { [path]: labels[label] }),
  };
  const value = fields[path];
  if (value !== undefined) return value;
  throw new Error(`Cannot give pod ${name ?? ''} its ${path}: the fake kubelet does not know it`);
}

function expanded(text: string, env: Environment): string {
  return text.replace(/\$\((\w+)\)/g, (whole, name: string) => env[name] ?? whole);
}
