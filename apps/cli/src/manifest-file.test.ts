import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@keyfleet/testkit';
import { expect, it } from 'vitest';
import { CommandError } from './command-error.ts';
import { readManifestFile } from './manifest-file.ts';

const head = 'apiVersion: keyfleet.dev/v1alpha1\nkind: RedisCluster\nmetadata: {name: shop}\n';

async function read(text: string) {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'cluster.yaml');
  await writeFile(path, text);
  return readManifestFile(path);
}

it('reads three lines, and says that they say nothing', async () => {
  const { manifest, said } = await read(head);
  expect(manifest.metadata.name).toBe('shop');
  expect(said).toEqual({});
});

it('tells what the file says from what is the default', async () => {
  const spec =
    'spec:\n  shards: 3\n  replicasPerShard: 0\n  proxy: {port: 7000}\n  engine: {flavor: valkey}\n';
  const { said } = await read(head + spec);
  expect(said).toEqual({ shards: '3', replicas: '0', port: '7000', server: 'valkey-server' });
});

it('names the fields that are for Kubernetes', async () => {
  const spec =
    'spec:\n  shards: 2\n  storage: {size: 1Gi}\n  resources: {requests: {memory: 1Gi}}\n';
  const { forKubernetes } = await read(head + spec);
  expect(forKubernetes.toSorted()).toEqual(['spec.resources', 'spec.storage']);
});

it.each([
  [
    'wrong fields',
    `${head}spec:\n  shards: 0\n  colour: red\n`,
    /2 mistakes.*spec\.shards.*colour/s,
  ],
  [
    'YAML that is broken',
    'a: [1\nb: }',
    /cluster\.yaml: \d mistakes?\n {2}line \d, column \d {2}is no YAML/,
  ],
  ['an empty file', '', /cluster\.yaml: it is empty, want one RedisCluster$/],
  ['an alias of nothing', 'a: *x\n', /: its YAML aliases cannot be followed/],
  ['a file of comments', '# nothing\n', /: it is empty, want/],
  ['several documents', `${head}---\n${head}`, /: it has 2 YAML documents, want one RedisCluster$/],
  ['what is not built', `${head}spec: {failover: {}}`, /spec\.failover {2}is not built yet/],
])('refuses %s with exit code 78', async (_name, text, want) => {
  const error: unknown = await read(text).catch((caught: unknown) => caught);
  if (!(error instanceof CommandError)) throw error;
  expect(error.message).toMatch(want);
  expect(error.exitCode).toBe(78);
});

it.each([
  ['/nowhere/cluster.yaml', 'there is no such file'],
  ['/', 'it is a directory'],
])('says why %s cannot be read', (path, because) => {
  expect(() => readManifestFile(path)).toThrow(
    `Cannot read the manifest ${path}: ${because}, want a YAML file`,
  );
});
