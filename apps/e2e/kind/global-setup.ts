/**
 * A Kubernetes with Keyfleet in it. KUBECONFIG names one that is there; without it kind makes one, which is deleted at
 * the end. Images and installation come by the same targets that users have.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../src/program.ts';
import { kubectl } from './kubectl.ts';
import { redisImage } from './redis-client.ts';

const CLUSTER = 'keyfleet-e2e';
const REPOSITORY = join(import.meta.dirname, '../../..');
const MINUTE_MS = 60_000;

/** Returns its undoing. */
export async function setup(): Promise<() => Promise<void>> {
  const { KUBECONFIG, KEYFLEET_E2E_KEEP, KEYFLEET_E2E_SKIP_DEPLOY } = process.env;
  const isOurs = KUBECONFIG === undefined;
  const deploys = KEYFLEET_E2E_SKIP_DEPLOY !== '1';
  requireTools(['kubectl', ...(isOurs ? ['kind'] : []), ...(isOurs || deploys ? ['docker'] : [])]);
  const undo = async (): Promise<void> => {
    if (isOurs && KEYFLEET_E2E_KEEP !== '1') await deleteCluster();
  };
  try {
    if (isOurs) await useOwnCluster();
    await loadImage(redisImage);
    if (deploys) await deploy();
  } catch (error) {
    await undo();
    throw error;
  }
  return undo;
}

async function deploy(): Promise<void> {
  await program('npx', ['nx', 'run-many', '-t', 'image'], 15);
  await program('npx', ['nx', 'run-many', '-t', 'deploy'], 15);
}

const sources: Readonly<Record<string, string>> = {
  docker: 'https://docs.docker.com/engine/install',
  kind: 'https://kind.sigs.k8s.io',
  kubectl: 'https://kubernetes.io/docs/tasks/tools',
};

function requireTools(names: readonly string[]): void {
  const missing = names.filter((name) => spawnSync(name, ['version']).status === null);
  if (missing.length === 0) return;
  const wanted = missing.map((name) => `${name} (${sources[name]!})`).join(' and ');
  throw new Error(`Cannot run the end-to-end tests: want ${wanted} in PATH`);
}

/** One that was kept is used again. */
async function useOwnCluster(): Promise<void> {
  const folder = join(import.meta.dirname, '.artifacts');
  mkdirSync(folder, { recursive: true });
  const kubeconfig = join(folder, 'kubeconfig');
  const place = ['--name', CLUSTER, '--kubeconfig', kubeconfig];
  const { stdout } = await run('kind', ['get', 'clusters'], { timeoutMs: MINUTE_MS });
  if (stdout.split('\n').includes(CLUSTER)) {
    await program('kind', ['export', 'kubeconfig', ...place], 1);
  } else {
    const image = process.env['KIND_NODE_IMAGE'];
    const nodes = ['--config', join(import.meta.dirname, 'kind.yaml'), '--wait=180s'];
    const args = ['create', 'cluster', ...place, ...nodes, ...(image ? ['--image', image] : [])];
    await program('kind', args, 10);
  }
  process.env['KUBECONFIG'] = kubeconfig; // of the tests, too
  await untilNodesAreReady();
}

async function deleteCluster(): Promise<void> {
  await program('kind', ['delete', 'cluster', '--name', CLUSTER], 5);
}

/** kind itself waits for the control plane only, and goes on without it. */
async function untilNodesAreReady(): Promise<void> {
  try {
    await kubectl(['wait', '--for=condition=Ready', 'node', '--all', '--timeout=120s'], {
      timeoutMs: 2.5 * MINUTE_MS,
    });
  } catch (error) {
    const hint = 'with several kind clusters: sysctl fs.inotify.max_user_instances=512';
    throw new Error(`Cannot use the new kind cluster: its nodes are not ready, ${hint}`, {
      cause: error,
    });
  }
}

/** Nodes of kind take it from here, so that no test waits for it; other nodes get it themselves. */
async function loadImage(image: string): Promise<void> {
  const context = (await kubectl(['config', 'current-context'])).trim();
  const [, cluster] = /^kind-(.+)$/.exec(context) ?? [];
  if (cluster === undefined) return;
  const isHere = spawnSync('docker', ['image', 'inspect', image]).status === 0;
  if (!isHere) await program('docker', ['pull', image], 10);
  await program('kind', ['load', 'docker-image', image, '--name', cluster], 10);
}

async function program(file: string, args: readonly string[], minutes: number): Promise<void> {
  process.stdout.write(`$ ${file} ${args.join(' ')}\n`);
  const options = { cwd: REPOSITORY, timeoutMs: minutes * MINUTE_MS };
  const { exitCode, output } = await run(file, args, options);
  if (exitCode === 0) return;
  throw new Error(`Cannot run ${file} ${args.join(' ')}: exit code ${exitCode}\n${output}`);
}
