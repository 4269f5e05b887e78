/** Writes every key that the workloads read, so that no GET is a cheap miss; and shows that a candidate answers. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Address } from '@keyfleet/testkit';
import { FILL_VALUE_BYTES, KEY_COUNT } from './workloads.ts';

const OK = '+OK\r\n';

export async function fill({ host, port }: Address): Promise<void> {
  const socket = connect({ host, port });
  const failed = once(socket, 'close').then(() => {
    throw new Error(`Cannot fill ${host}:${port}: the connection was closed`);
  });
  const done = expectAll(socket);
  const value = 'x'.repeat(FILL_VALUE_BYTES);
  for (let n = 0; n < KEY_COUNT; n++) {
    // As redis-benchmark names them.
    const key = `key:${String(n).padStart(12, '0')}`;
    const request = `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${value.length}\r\n${value}\r\n`;
    if (!socket.write(request)) await Promise.race([once(socket, 'drain'), failed]);
  }
  await Promise.race([done, failed]);
  failed.catch(() => undefined); // the close that we ask for is no failure
  socket.destroy();
}

async function expectAll(socket: AsyncIterable<Buffer>): Promise<void> {
  let missing = OK.length * KEY_COUNT;
  for await (const bytes of socket) {
    if (bytes.includes('-')) throw new Error(`Cannot fill: got ${bytes.toString().slice(0, 200)}`);
    missing -= bytes.length;
    if (missing <= 0) return;
  }
}
