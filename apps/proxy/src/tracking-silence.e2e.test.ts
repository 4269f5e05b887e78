/** CLIENT TRACKING when a server says nothing any more: what it can tell no more is told for it. */
import { afterEach, expect, it } from 'vitest';
import { LineClient } from './testing/line-client.ts';
import type { ProxyUnderTest } from './testing/proxy-under-test.ts';
import { keyOf, startReady } from './testing/scenes.ts';

const PUSH_ALL = '>2\r\n$10\r\ninvalidate\r\n_\r\n';
const push = (key: string): string =>
  `>2\r\n$10\r\ninvalidate\r\n*1\r\n$${key.length}\r\n${key}\r\n`;

let under: ProxyUnderTest;
afterEach(() => under[Symbol.asyncDispose]());

async function tracking(...options: string[]): Promise<LineClient> {
  under = await startReady({ flags: { 'server-silence-ms': '500' } });
  const client = new LineClient({ host: '127.0.0.1', port: under.proxy.port });
  await client.ask('HELLO 3', ['CLIENT TRACKING ON', ...options].join(' '));
  client.heard = '';
  return client;
}

it('tells a client that asks nothing of the keys that it read there, and of no others', async () => {
  const client = await tracking();
  const [silent, other] = [keyOf(under, 0), keyOf(under, 1)];
  await client.ask(`MGET ${silent} ${other}`);
  client.heard = '';
  under.servers[0]!.pause();
  await client.hears(push(silent));
  expect(client.heard).toBe(push(silent));
  under.servers[0]!.resume();
  client.close();
});

it('tells who hears of all keys, when it is heard again', async () => {
  const client = await tracking('BCAST');
  under.servers[0]!.pause();
  await client.hears(PUSH_ALL);
  under.servers[0]!.resume();
  await client.hears(PUSH_ALL, 2);
  const writer = new LineClient({ host: '127.0.0.1', port: under.proxy.port });
  await writer.ask(`SET ${keyOf(under, 0)} 1`);
  await client.hears(push(keyOf(under, 0)));
  for (const each of [client, writer]) each.close();
});
