import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { chooseAddresses, whyNotFree, type Addresses } from './server-addresses.ts';

const ids = ['shard-0-0', 'shard-0-1', 'shard-1-0'];
const free = (): Promise<null> => Promise.resolve(null);
const networkOf = (addresses: Addresses): string =>
  addresses['shard-0-0']!.host.split('.').slice(0, 3).join('.');

describe('chooseAddresses', () => {
  it('gives each server a loopback address of its own on the usual port', async () => {
    const addresses = await chooseAddresses(ids, { dataDir: '/a', recorded: {}, whyTaken: free });
    const network = networkOf(addresses);
    expect(Object.values(addresses)).toEqual(
      [1, 2, 3].map((host) => ({ host: `${network}.${host}`, port: 6379 })),
    );
    expect(network).toMatch(/^127\.0\.\d+$/);
  });

  it('keeps the recorded ones, and what a directory was given once it is given again', async () => {
    const recorded = Object.fromEntries(
      ids.map((id, at) => [id, { host: '127.9.9.9', port: at + 1 }]),
    );
    const options = { dataDir: '/a', whyTaken: free };
    expect(await chooseAddresses(ids, { ...options, recorded })).toEqual(recorded);
    const first = await chooseAddresses(ids, { ...options, recorded: {} });
    expect(await chooseAddresses(ids, { ...options, recorded: {} })).toEqual(first);
  });

  it('takes another network when one address is taken', async () => {
    const options = { dataDir: '/a', recorded: {} };
    const first = await chooseAddresses(ids, { ...options, whyTaken: free });
    const taken = first['shard-0-1']!.host;
    const second = await chooseAddresses(ids, {
      ...options,
      recorded: first,
      whyTaken: ({ host }) => Promise.resolve(host === taken ? 'EADDRINUSE' : null),
    });
    expect(networkOf(second)).not.toBe(networkOf(first));
  });

  it('stays in 127.0.0.0/16 however many servers there are', async () => {
    const many = Array.from({ length: 600 }, (_, index) => `shard-${index}-0`);
    const options = { dataDir: '/a', recorded: {}, whyTaken: free };
    const hosts = Object.values(await chooseAddresses(many, options)).map(({ host }) => host);
    expect(new Set(hosts).size).toBe(600);
    expect(hosts.every((host) => /^127\.0\.([1-9]\d*)\.([1-9]\d*)$/.test(host))).toBe(true);
  });

  it('gives a port each on 127.0.0.1 where other loopback addresses cannot be bound', async () => {
    const addresses = Object.values(
      await chooseAddresses(ids, {
        dataDir: '/a',
        recorded: {},
        whyTaken: () => Promise.resolve('EADDRNOTAVAIL'),
      }),
    );
    expect(addresses.map(({ host }) => host)).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
    expect(new Set(addresses.map(({ port }) => port)).size).toBe(3);
  });
});

it('says why an address cannot be listened on', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await whyNotFree({ host: '127.0.0.1', port })).toBe('EADDRINUSE');
  server.close();
  await once(server, 'close');
  expect(await whyNotFree({ host: '127.0.0.1', port })).toBeNull();
  expect(await whyNotFree({ host: '192.0.2.1', port })).toBe('EADDRNOTAVAIL');
});
