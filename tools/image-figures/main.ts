/**
 * `node tools/image-figures/main.ts [ROUNDS]`: size and start of the images that `npx nx run-many -t image` made, as the
 * table of docs/benchmarks/images.md. It wants Docker on this Linux machine, and quiet.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appImages } from '../image/app-images.ts';
import { outputOf } from '../image/run-command.ts';
import { measureStart, type Start } from './measure-start.ts';

const ROUNDS = Number(process.argv[2] ?? 15);
const repository = join(import.meta.dirname, '../..');
const { NODE_IMAGE = 'node:26-bookworm-slim', IMAGE_REGISTRY = '' } = process.env;

const directory = mkdtempSync(join(tmpdir(), 'keyfleet-images-'));
const kubeconfig = join(directory, 'kubeconfig');
// Nothing that a program needs answers: it serves its health nevertheless.
writeFileSync(
  kubeconfig,
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'none', cluster: { server: 'https://127.0.0.1:1' } }],
    contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
    users: [{ name: 'none', user: { token: 'none' } }],
    'current-context': 'none',
  }),
);
const NOBODY = 'http://127.0.0.1:1';
const starts: Readonly<Record<string, Omit<Start, 'reference'>>> = {
  proxy: {
    port: 9901,
    args: ['--configserver', NOBODY, '--advertise-host', 'none', '--state-dir', '/tmp/state'],
  },
  configserver: { port: 7400, args: ['--etcd', NOBODY, '--advertise-url', NOBODY] },
  operator: {
    port: 9902,
    args: ['--configserver', NOBODY, '--proxy-image', 'none', '--kubeconfig', '/kubeconfig'],
    docker: [`--volume=${kubeconfig}:/kubeconfig:ro`],
  },
};

const base = sizeOf(NODE_IMAGE);
console.log('| image | size | of which ours | start | without the compile cache |');
console.log('| --- | --- | --- | --- | --- |');
try {
  for (const { app, reference } of appImages(repository, IMAGE_REGISTRY)) {
    const size = sizeOf(reference);
    const cells = [`\`${app}\``, megabytes(size), megabytes(size - base)];
    const start = starts[app];
    if (start) cells.push(...(await startCells({ ...start, reference })));
    console.log(`| ${[...cells, '', ''].slice(0, 5).join(' | ')} |`);
  }
} finally {
  rmSync(directory, { recursive: true });
}

/** In turn, so that what else the machine does meets both. */
async function startCells(start: Start): Promise<string[]> {
  const withCache: number[] = [];
  const without: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    withCache.push(await measureStart(start));
    const docker = [...(start.docker ?? []), '--env=NODE_DISABLE_COMPILE_CACHE=1'];
    without.push(await measureStart({ ...start, docker }));
  }
  return [withCache, without].map(medianAndBest);
}

function medianAndBest(all: number[]): string {
  const sorted = all.sort((a, b) => a - b);
  return `${sorted[sorted.length >> 1]} ms (${sorted[0]})`;
}

function sizeOf(reference: string): number {
  return Number(outputOf('docker', ['image', 'inspect', '--format={{.Size}}', reference]));
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
