/** A Redis Cluster client that is pointed at the proxies. */
import { networkInterfaces } from 'node:os';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { Cluster } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { startProxyUnderTest, type ProxyUnderTest } from './testing/proxy-under-test.ts';
import { RawClient } from './testing/raw-client.ts';
import { startReady } from './testing/scenes.ts';

let under: ProxyUnderTest;
/** Where the second proxy is reached: it passes on to the first one, which sees who came that way. */
let second: Server;
let passedOn = 0;
beforeAll(async () => {
  under = await startProxyUnderTest();
  second = createServer((socket) => {
    passedOn++;
    const onward = connect(under.proxy.port, '127.0.0.1');
    for (const end of [socket, onward]) end.on('error', () => undefined);
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => second.listen(0, '127.0.0.1', resolve));
  under.configserver.proxies = [
    { id: 'proxy-0', address: `127.0.0.1:${under.proxy.port}` },
    { id: 'proxy-1', address: `127.0.0.1:${(second.address() as AddressInfo).port}` },
  ];
  await eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);
});
afterAll(async () => {
  second.close();
  await under[Symbol.asyncDispose]();
});

it('spreads over the proxies, sees no server, and finds every key', async () => {
  const cluster = new Cluster([{ host: '127.0.0.1', port: under.proxy.port }]);
  for (let i = 0; i < 100; i++) await cluster.set(`cluster:${i}`, i);
  for (let i = 0; i < 100; i++) expect(await cluster.get(`cluster:${i}`)).toBe(String(i));
  const ports = cluster.nodes('master').map(({ options }) => options.port);
  expect(new Set(ports)).toEqual(
    new Set([under.proxy.port, (second.address() as AddressInfo).port]),
  );
  expect(passedOn).toBeGreaterThan(0);
  cluster.disconnect();
});

it('is told of the proxy that it speaks to when the configserver says nothing', async () => {
  under.configserver.proxies = null;
  const client = under.client();
  const { port } = under.proxy;
  const slots = async () =>
    (await client.call('CLUSTER', 'SLOTS')) as [number, number, unknown[]][];
  await eventually(async () => (await slots()).length === 1);
  const [start, end, node] = (await slots())[0]!;
  expect([start, end, ...node.slice(0, 2)]).toEqual([0, 16383, '127.0.0.1', port]);
  expect(await client.call('CLUSTER', 'KEYSLOT', 'foo')).toBe(12182);
  expect(await client.call('READONLY')).toBe('OK');
  expect(await client.call('CLUSTER', 'NODES')).toContain(` 127.0.0.1:${port}@`);
  expect(await client.call('CLUSTER', 'INFO')).toContain('cluster_state:ok');
});

it('finds the keys of a slot', async () => {
  const client = under.client();
  const names = Array.from({ length: 30 }, (_, i) => `{slot}:${i}`);
  for (const name of [...names, 'other:1', 'other:2']) await client.set(name, '1');
  await client.set(Buffer.from('{slot}\xff', 'latin1'), '1');
  const slot = String(await client.call('CLUSTER', 'KEYSLOT', '{slot}'));
  expect(await client.call('CLUSTER', 'COUNTKEYSINSLOT', slot)).toBe(31);
  const some = (await client.call('CLUSTER', 'GETKEYSINSLOT', slot, '5')) as string[];
  expect(some).toHaveLength(5);
  for (const key of some) expect(key).toMatch(/^\{slot\}/);
});

it.each([
  ['COUNTKEYSINSLOT x', 'ERR value is not an integer or out of range'],
  ['COUNTKEYSINSLOT 16384', 'ERR Invalid slot'],
  ['GETKEYSINSLOT 1 x', 'ERR value is not an integer or out of range'],
  ['GETKEYSINSLOT 1 -1', 'ERR Invalid slot or number of keys'],
])('CLUSTER %s is refused as by Redis', async (text, error) => {
  await expect(under.client().call('CLUSTER', ...text.split(' '))).rejects.toThrow(error);
});

it('CLUSTER HELP names what is answered', async () => {
  const client = under.client();
  const lines = (await client.call('CLUSTER', 'HELP')) as string[];
  const words = lines.slice(1).filter((line) => !line.startsWith(' '));
  for (const line of words) {
    const [word = '', ...names] = line.split(' ');
    const values = names.map(() => '1');
    const answer = await client.call('CLUSTER', word, ...values).catch(String);
    expect(String(answer)).not.toMatch(/ERR (unknown|wrong|CLUSTER)/);
  }
  expect(words).toHaveLength(10);
});

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);
it.runIf(hasIpv6)('is told the address that it knows, of either kind', async () => {
  const flags = { bind: '::', 'advertise-host': '127.0.0.1' };
  await using both = await startReady({ shards: 1, flags });
  const { port } = both.proxy;
  for (const host of ['127.0.0.1', '::1']) {
    const client = await RawClient.connect({ host, port });
    expect(await client.call('CLUSTER', 'SLOTS')).toEqual([
      [0, 16383, [host, port, expect.any(String), []]],
    ]);
    client.close();
  }
});
