/** A Redis Cluster that asks who comes, and denies much. */
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  startRedisCluster,
  temporaryDirectory,
  type RedisCluster,
  type TemporaryDirectory,
} from '@keyfleet/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { ProxyOfFlags } from './testing/proxy-of-flags.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const OK = { type: 'status', text: 'OK' };
/** What managed services deny, and more. */
const DENIED = [
  '-client',
  '-info',
  '-role',
  '-config',
  '-cluster|myid',
  '-cluster|info',
  '-cluster|shards',
];

let cluster: RedisCluster;
let directory: TemporaryDirectory;

beforeAll(async () => {
  directory = await temporaryDirectory();
  cluster = await startRedisCluster({ replicasPerPrimary: 0, password: 'of the admin' });
  await setUser('app', 'first', DENIED);
});
afterAll(async () => {
  await cluster.stop();
  await directory[Symbol.asyncDispose]();
});

async function setUser(
  name: string,
  password: string,
  rules: readonly string[] = [],
): Promise<void> {
  const user = [
    'ACL',
    'SETUSER',
    name,
    'reset',
    'on',
    `>${password}`,
    '~*',
    '&*',
    '+@all',
    ...rules,
  ];
  await Promise.all(cluster.nodes.map((node) => node.expectOk(...user)));
}

function over(
  flags: Record<string, string>,
  env: Record<string, string> = {},
): Promise<ProxyOfFlags> {
  const own = { upstream: 'redis-cluster', seeds: cluster.addresses.join(), 'refresh-ms': '300' };
  return ProxyOfFlags.start({ ...own, ...flags }, env);
}

describe('a Redis Cluster with users', () => {
  it('is served as a user to whom much is denied', async () => {
    await using proxy = await over(
      { 'upstream-user': 'app' },
      { KEYFLEET_UPSTREAM_PASSWORD: 'first' },
    );
    await proxy.untilReady();
    expect(await (await proxy.client()).call('SET', 'a', 'b')).toEqual(OK);
  });

  it.each([
    ['without a password', {}],
    ['with another password', { 'upstream-user': 'app', 'upstream-password': 'other' }],
  ])('is not served %s', async (_name, flags: Record<string, string>) => {
    await using proxy = await over(flags);
    await delay(600);
    expect(await proxy.isReady()).toBe(false);
  });

  it('is served when a refused password in a file becomes the right one', async () => {
    const file = join(directory.path, 'password');
    await writeFile(file, 'wrong\n');
    await using proxy = await over({ 'upstream-user': 'app', 'upstream-password-file': file });
    await delay(600);
    expect(await proxy.isReady()).toBe(false);
    await writeFile(file, 'first\n');
    await proxy.untilReady();
  });

  it('is told new tokens on connections that are open', async () => {
    await setUser('token', 'one');
    const program = join(directory.path, 'token');
    const tell = (token: string) => writeFile(program, `#!/bin/sh\necho ${token}\n`);
    await tell('one');
    await chmod(program, 0o755);
    await using proxy = await over({
      ...{ 'upstream-user': 'token', 'upstream-password-command': program },
      'upstream-password-refresh-ms': '1000',
    });
    await proxy.untilReady();
    expect(await (await proxy.client()).call('SET', 'a', 'b')).toEqual(OK);
    await setUser('token', 'two');
    await tell('two');
    const lastSaid = async (node: RedisCluster['nodes'][number]) => {
      const lines = (await node.askText('CLIENT', 'LIST')).split('\n');
      return lines.filter((line) => line.includes('name=keyfleet-proxy ')).join();
    };
    await eventually(async () => {
      const said = await Promise.all(cluster.nodes.map(lastSaid));
      return said.every((lines) => lines.includes('cmd=auth user=token'));
    });
    expect(await (await proxy.client()).call('SET', 'a', 'c')).toEqual(OK);
  });
});
