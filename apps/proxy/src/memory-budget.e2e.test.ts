/** Clients that make the proxy hold too much, over real servers. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { encodeCommand } from '@keyfleet/resp';
import { expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { startProxyUnderTest, type ProxyUnderTest } from './testing/proxy-under-test.ts';

const MEGABYTE = 1 << 20;
const flags = { 'max-memory': String(8 * MEGABYTE) };

async function start(): Promise<ProxyUnderTest> {
  const under = await startProxyUnderTest({ flags });
  await eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);
  return under;
}

function connectTo({ proxy }: ProxyUnderTest): Socket {
  const socket = createConnection({ host: '127.0.0.1', port: proxy.port });
  socket.on('error', () => undefined);
  return socket;
}

async function shedCount({ proxy }: ProxyUnderTest): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${proxy.adminPort}/metrics`);
  const line = /^keyfleet_proxy_clients_shed_total (\d+)$/m.exec(await response.text());
  return Number(line![1]);
}

it('a client that asks for more than all may hold, and reads nothing, is closed; others go on', async () => {
  await using under = await start();
  const other = under.client();
  await other.set('large', 'x'.repeat(MEGABYTE));
  const greedy = connectTo(under);
  greedy.pause();
  greedy.write(Buffer.concat(Array.from({ length: 30 }, () => encodeCommand(['GET', 'large']))));
  await eventually(async () => (await shedCount(under)) === 1);
  expect(await other.get('large')).toHaveLength(MEGABYTE);
  const clients = (await under.admin('/clients')) as { heldBytes: number }[];
  expect(clients).toHaveLength(1);
  expect(clients[0]!.heldBytes).toBe(0);
  greedy.destroy();
});

it('of several, the one that holds most is closed', async () => {
  await using under = await start();
  const [large, ...small] = Array.from({ length: 4 }, () => connectTo(under));
  const closed: string[] = [];
  large!.resume().once('close', () => closed.push('large'));
  for (const socket of small) socket.resume().once('close', () => closed.push('small'));
  const held = async (): Promise<number> => {
    const clients = (await under.admin('/clients')) as { heldBytes: number }[];
    return clients.reduce((sum, { heldBytes }) => sum + heldBytes, 0);
  };
  // The beginning of a request that is never whole.
  const begin = `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${20 * MEGABYTE}\r\n`;
  large!.write(Buffer.concat([Buffer.from(begin), Buffer.alloc(6 * MEGABYTE, 'x')]));
  await eventually(async () => (await held()) > 6 * MEGABYTE);
  for (const socket of small)
    socket.write(Buffer.concat([Buffer.from(begin), Buffer.alloc(MEGABYTE, 'x')]));
  await eventually(() => closed.length > 0);
  await eventually(async () => (await held()) > 3 * MEGABYTE);
  expect(closed).toEqual(['large']);
  for (const socket of small) socket.destroy();
});

it('it is told why, when no reply is half said', async () => {
  await using under = await start();
  const socket = connectTo(under);
  let answer = '';
  socket.on('data', (data) => (answer += data.toString()));
  socket.write(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${20 * MEGABYTE}\r\n`);
  socket.write(Buffer.alloc(10 * MEGABYTE, 'x'));
  await once(socket, 'close');
  expect(answer).toMatch(
    /^-ERR this connection is closed: it held most, \d+ bytes, of what all may hold, 8388608 bytes \(max-memory\)\r\n$/,
  );
});
