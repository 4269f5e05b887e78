/** A Redis Cluster that only speaks TLS. */
import { rm, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  startRedisCluster,
  temporaryDirectory,
  type RedisCluster,
  type TemporaryDirectory,
} from '@keyfleet/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Authority } from './testing/certificates.ts';
import { eventually } from './testing/eventually.ts';
import { ProxyOfFlags } from './testing/proxy-of-flags.ts';

vi.setConfig({ testTimeout: 30_000 });

let directory: TemporaryDirectory;
let authority: Authority;
let cluster: RedisCluster;

beforeAll(async () => {
  directory = await temporaryDirectory();
  authority = await Authority.create(directory.path);
  // Of a name, as of a self-run cluster whose nodes are known by their addresses.
  const server = await authority.sign('nodes', 'DNS:nodes.test');
  cluster = await startRedisCluster({
    replicasPerPrimary: 0,
    password: 'open sesame',
    tls: { ...server, caFile: authority.caFile },
  });
}, 60_000);

afterAll(async () => {
  await cluster.stop();
  await directory[Symbol.asyncDispose]();
});

function start(flags: Record<string, string> = {}): Promise<ProxyOfFlags> {
  return ProxyOfFlags.start({
    upstream: 'redis-cluster',
    seeds: cluster.addresses.join(),
    'upstream-password': 'open sesame',
    'upstream-tls': 'on',
    'upstream-tls-ca-file': authority.caFile,
    'upstream-tls-server-name': 'nodes.test',
    ...flags,
  });
}

describe('a Redis Cluster with TLS', () => {
  it('is found and served, whatever the size of requests and replies', async () => {
    await using proxy = await start();
    await proxy.untilReady();
    const client = await proxy.client();
    const sizes = [0, 1, 1000, 16_384, 65_536, 1_000_000, 9_000_000];
    const values = sizes.map((size, i) => String(i).repeat(size));
    values.forEach((value, i) => client.send('SET', `key:${i}`, value));
    expect(await client.take(sizes.length)).toEqual(
      sizes.map(() => ({ type: 'status', text: 'OK' })),
    );
    values.forEach((_, i) => client.send('GET', `key:${i}`));
    expect((await client.take(sizes.length)).every((got, i) => got === values[i])).toBe(true);
  });

  it('answers many small requests in their order', async () => {
    await using proxy = await start();
    await proxy.untilReady();
    const client = await proxy.client();
    for (let i = 0; i < 5000; i++) client.send('ECHO', String(i));
    for (let i = 0; i < 5000; i++) client.send('INCR', `counter:${i % 7}`);
    const replies = await client.take(10_000);
    expect(replies.slice(0, 5000)).toEqual(Array.from({ length: 5000 }, (_, i) => String(i)));
    expect(replies.at(-1)).toBe(Math.ceil((5000 - (4999 % 7)) / 7));
  });

  it.each([
    ['of any name, where the name does not matter', { 'upstream-tls-verify': 'chain' }],
    [
      'of anybody, where nothing matters',
      { 'upstream-tls-verify': 'off', 'upstream-tls-ca-file': '' },
    ],
  ])('is served with a certificate %s', async (_name, flags) => {
    await using proxy = await start({ 'upstream-tls-server-name': '', ...flags });
    await proxy.untilReady();
    expect(await (await proxy.client()).call('SET', 'a', 'b')).toMatchObject({ text: 'OK' });
  });

  it.each([
    ['of another name', { 'upstream-tls-server-name': 'others.test' }],
    ['of a name, not of the address', { 'upstream-tls-server-name': '' }],
    ['of an authority that is not trusted', { 'upstream-tls-ca-file': '' }],
  ])('is not served with a certificate %s', async (_name, flags) => {
    await using proxy = await start({ ...flags, 'refresh-ms': '100' });
    await delay(500);
    expect(await proxy.isReady()).toBe(false);
  });

  it('is found when the certificates on disk become the right ones', async () => {
    const caFile = join(directory.path, 'trusted.crt');
    const other = await Authority.create(directory.path, 'other');
    await copyFile(other.caFile, caFile);
    await using proxy = await start({ 'upstream-tls-ca-file': caFile, 'refresh-ms': '100' });
    await delay(300);
    expect(await proxy.isReady()).toBe(false);
    await rm(caFile);
    await copyFile(authority.caFile, caFile);
    await eventually(() => proxy.isReady());
  });
});
