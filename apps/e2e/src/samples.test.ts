/** The manifests of deploy/samples on one machine: the same files as on Kubernetes. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '@keyfleet/testkit';
import { expect, it } from 'vitest';
import { Platform } from './platform.ts';
import { RawClient } from './raw-client.ts';

const sample = (name: string) =>
  fileURLToPath(new URL(`../../../deploy/samples/${name}`, import.meta.url));

/** Where Valkey is not installed, Redis plays it. */
const VALKEY = `#!/bin/sh
command -v valkey-server >/dev/null && exec valkey-server "$@"
[ "$1" = --version ] && echo 'Valkey server v=8.1.0' && exit
exec redis-server "$@"
`;

async function expectReady(platform: Platform, shape: object): Promise<void> {
  const { shards, ...status } = await platform.status();
  const replicas = shards.map((shard) => shard.replicas.length);
  expect({ ...status, replicas }).toMatchObject({ phase: 'Ready', ...shape });
  using client = await RawClient.connect(platform);
  await client.call('SET', 'sample', 'value');
  expect(await client.call('GET', 'sample')).toBe('value');
}

it('minimal.yaml comes up, and nothing in it is without effect', async () => {
  await using platform = await Platform.startManifest(sample('minimal.yaml'));
  await expectReady(platform, { name: 'orders', replicas: [1, 1, 1] });
  expect(platform.said).not.toContain('no effect');
}, 120_000);

it('production.yaml comes up, and what is for Kubernetes in it is named', async () => {
  await using directory = await temporaryDirectory();
  const server = join(directory.path, 'valkey-server');
  await writeFile(server, VALKEY, { mode: 0o755 });
  const manifest = sample('production.yaml');
  await using platform = await Platform.startManifest(manifest, '--server', server);
  await expectReady(platform, { name: 'sessions', replicas: [2, 2, 2, 2, 2, 2] });
  expect(platform.said).toMatch(/spec\.engine\.image, .*spec\.proxy\.autoscaling.* no effect/);
}, 240_000);
