/** Writes every key that the workloads read, so that no GET is a cheap miss; and shows that a candidate answers. */
import { connect, type Socket } from 'node:net';
import type { Address } from '@keyfleet/testkit';
import { dataSets, keyOf, valueOf, type DataSet } from './data-sets.ts';

const OK = '+OK\r\n';
/** Sent before their answers are waited for: some proxies keep for ever the memory that a long queue took. */
const BATCH_BYTES = 128 * 1024;

export async function fill(
  { host, port }: Address,
  sets: readonly DataSet[] = Object.values(dataSets),
): Promise<void> {
  const socket = connect({ host, port });
  try {
    for (const data of sets) await fillWith(socket, data);
  } finally {
    socket.destroy();
  }
}

async function fillWith(socket: Socket, data: DataSet): Promise<void> {
  const value = valueOf(data);
  const batch = Math.ceil(BATCH_BYTES / value.length);
  for (let first = 0; first < data.count; first += batch) {
    const count = Math.min(batch, data.count - first);
    const requests = Array.from({ length: count }, (_, n) => setOf(keyOf(data, first + n), value));
    socket.write(requests.join(''));
    await expectOks(socket, count);
  }
}

function setOf(key: string, value: string): string {
  return `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${value.length}\r\n${value}\r\n`;
}

async function expectOks(socket: Socket, count: number): Promise<void> {
  const done: PromiseWithResolvers<void> = Promise.withResolvers();
  let missing = OK.length * count;
  const onData = (bytes: Buffer) => {
    missing -= bytes.length;
    if (bytes.includes('-'))
      done.reject(new Error(`Cannot fill: got ${bytes.toString()}, want OK`));
    if (missing <= 0) done.resolve();
  };
  const onClose = () => done.reject(new Error('Cannot fill: the connection was closed'));
  socket.on('data', onData).on('error', done.reject).on('close', onClose);
  try {
    await done.promise;
  } finally {
    socket.off('data', onData).off('error', done.reject).off('close', onClose);
  }
}
