import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { freeAddress, startRedis } from '@keyfleet/testkit';
import { expect, it } from 'vitest';
import { pingServer } from './ping-server.ts';

it('finds a real server ready, also one that serves nothing to anybody', async () => {
  const { host, port } = await freeAddress();
  const nowhere = ['--replicaof', `${host} ${port}`, '--replica-serve-stale-data', 'no'];
  await using server = await startRedis({ args: nowhere });
  expect(await pingServer(server, 5000)).toBe('ready');
  server.pause();
  expect(await pingServer(server, 50)).toBe('silent');
  server.resume();
});

it.each([
  ['+PONG\r\n', 'ready'],
  ['-NOAUTH Authentication required.\r\n', 'ready'],
  ['-MASTERDOWN Link with MASTER is down\r\n', 'ready'],
  ['-LOADING Redis is loading the dataset in memory\r\n', 'loading'],
  ['', 'silent'],
])('takes %j for %s', async (reply, want) => {
  const server = createServer((socket) => socket.end(reply)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await pingServer({ host: '127.0.0.1', port }, 5000)).toBe(want);
  server.close();
});

it('finds nobody where nobody listens', async () => {
  expect(await pingServer(await freeAddress(), 5000)).toBe('silent');
});
