import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClusterSpec } from '@keyfleet/lifecycle';
import { temporaryDirectory } from '@keyfleet/testkit';
import { expect, it } from 'vitest';
import { DataDirectoryError } from './directory.ts';
import { readPlatform, writePlatform, type PlatformRecord } from './platform-file.ts';

const record: PlatformRecord = {
  schema: 1,
  cluster: 'default',
  spec: ClusterSpec.parse({ maxMemory: '1Gi' }),
  settings: {
    bind: '127.0.0.1',
    adminPort: 9901,
    apiPort: 7400,
    server: 'redis-server',
    etcd: null,
    configservers: 1,
    upstream: 'topology',
  },
  hasServed: false,
  addresses: { 'shard-0-0': { host: '127.0.9.1', port: 6379 } },
  processes: { 'proxy-0': { pid: 7, started: 'then' } },
};

it('reads what was written, and leaves nothing beside it', async () => {
  await using directory = await temporaryDirectory();
  expect(readPlatform(directory.path)).toBeNull();
  writePlatform(directory.path, record);
  writePlatform(directory.path, { ...record, hasServed: true });
  expect(readPlatform(directory.path)).toEqual({ ...record, hasServed: true });
  expect(readdirSync(directory.path)).toEqual(['platform.json']);
});

it.each(['', '{', '{"schema": 2}', '[]'])('refuses %j', async (text) => {
  await using directory = await temporaryDirectory();
  writeFileSync(join(directory.path, 'platform.json'), text);
  expect(() => readPlatform(directory.path)).toThrow(DataDirectoryError);
});
