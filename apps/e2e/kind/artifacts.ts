/** What is left to read after a failed test. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tryKubectl } from './kubectl.ts';

const FOLDER = join(import.meta.dirname, '.artifacts');
/** Where Keyfleet itself is installed. */
export const INSTALLATION = 'keyfleet-system';

const overviews: readonly (readonly [file: string, ...args: string[]])[] = [
  ['events.txt', 'get', 'events', '--sort-by=.lastTimestamp'],
  ['pods.txt', 'get', 'pods', '-o', 'wide'],
  ['objects.yaml', 'get', 'all,kf,pvc,pdb,configmap,lease', '-o', 'yaml'],
  ['describe.txt', 'describe', 'kf'],
  ['pods-describe.txt', 'describe', 'pods'],
];

/** Logs, Events and objects of the namespaces and of the installation. Returns where they are. */
export async function collectArtifacts(
  test: string,
  namespaces: readonly string[],
): Promise<string> {
  const folder = join(FOLDER, test.replace(/[^\w.-]+/g, '-').slice(0, 100));
  // Logs of an earlier run beside those of this one tell a story that never was.
  await rm(folder, { recursive: true, force: true });
  for (const namespace of [...namespaces, INSTALLATION]) {
    await collectNamespace(join(folder, namespace), namespace);
  }
  return folder;
}

async function collectNamespace(folder: string, namespace: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const save = async (file: string, args: readonly string[]): Promise<void> => {
    const { output } = await tryKubectl(['--namespace', namespace, ...args]);
    if (output !== '') await writeFile(join(folder, file), output);
  };
  const pods = (await podsOf(namespace)).flatMap((pod) => {
    const args = ['logs', pod, '--all-containers', '--prefix', '--timestamps'];
    return [
      [`${pod}.log`, ...args],
      [`${pod}.previous.log`, ...args, '--previous'],
    ] as const;
  });
  await Promise.all([...overviews, ...pods].map(([file, ...args]) => save(file, args)));
}

async function podsOf(namespace: string): Promise<string[]> {
  const names = ['get', 'pods', '-o', 'jsonpath={.items[*].metadata.name}'];
  const { stdout } = await tryKubectl(['--namespace', namespace, ...names]);
  return stdout.split(' ').filter(Boolean);
}
