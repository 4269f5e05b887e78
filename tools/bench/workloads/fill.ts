/** Writes every key that the workloads read, so that no GET is a cheap miss; and shows that a candidate answers. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Address } from '@keyfleet/testkit';
import { dataSets, keyOf, valueOf, type DataSet } from './data-sets.ts';

const OK = '+OK\r\n';

export async function fill(address: Address): Promise<void> {
  for (const data of Object.values(dataSets)) await fillWith(address, data);
}

async function fillWith({ host, port }: Address, data: DataSet): Promise<void> {
  const socket = connect({ host, port });
  const failed = once(socket, 'close').then(() => {
    throw new Error(`Cannot fill ${host}:${port}: the connection was closed`);
  });
  const done = expectAll(socket, data.count);
  const value = valueOf(data);
  for (let n = 0; n < data.count; n++) {
    const key = keyOf(data, n);
    const request = `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${value.length}\r\n${value}\r\n`;
    if (!socket.write(request)) await Promise.race([once(socket, 'drain'), failed]);
  }
  await Promise.race([done, failed]);
  failed.catch(() => undefined); // the close that we ask for is no failure
  socket.destroy();
}

async function expectAll(socket: AsyncIterable<Buffer>, count: number): Promise<void> {
  let missing = OK.length * count;
  for await (const bytes of socket) {
    if (bytes.includes('-')) throw new Error(`Cannot fill: got ${bytes.toString().slice(0, 200)}`);
    missing -= bytes.length;
    if (missing <= 0) return;
  }
}
