import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@keyfleet/testkit';
import { expect, it } from 'vitest';
import { findServerBinary } from './server-binary.ts';

async function find(server: string, output: string) {
  await using directory = await temporaryDirectory();
  for (const name of ['redis-server', 'other']) {
    await writeFile(join(directory.path, name), `#!/bin/sh\necho '${output}'\n`);
    await chmod(join(directory.path, name), 0o755);
  }
  return await findServerBinary(server.replace('DIR', directory.path), directory.path);
}

it.each([
  ['redis-server', 'Redis server v=7.0.15 sha=0 malloc=libc bits=64', 'redis', '7.0.15'],
  ['DIR/other', 'Valkey server v=9.1.0 sha=0 malloc=libc bits=64', 'valkey', '9.1.0'],
])('finds %s and what it is', async (server, output, flavor, version) => {
  expect(await find(server, output)).toMatchObject({ flavor, version });
});

it.each([
  ['valkey-server', '', /apt-get install valkey-server.*brew install valkey/],
  ['other-server', '', /want redis-server, valkey-server or a path/],
  ['DIR/none', '', /want an executable/],
  ['redis-server', 'Redis server v=6.2.1 sha=0', /version 6\.2\.1, want 7\.0 or newer/],
  ['DIR/other', 'GNU bash', /it is no redis-server/],
])('refuses %s', async (server, output, want) => {
  await expect(find(server, output)).rejects.toThrow(want);
});
