/** Clients that only take memory: those that do nothing, and those that do not read. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Address } from '@keyfleet/testkit';
import { keyOf, type DataSet } from '../workloads/data-sets.ts';

/** So many connect at once: fewer than a server keeps before it accepts them. */
const CONNECTING_MAX = 200;
const PING = '*1\r\n$4\r\nPING\r\n';
const PONG = '+PONG\r\n';

export class IdleClients implements Disposable {
  readonly #sockets: Socket[] = [];

  static async connect({ host, port }: Address, count: number): Promise<IdleClients> {
    const clients = new IdleClients();
    for (let left = count; left > 0; left -= CONNECTING_MAX) {
      const some = Array.from({ length: Math.min(left, CONNECTING_MAX) }, () =>
        connect({ host, port }),
      );
      clients.#sockets.push(...some);
      await Promise.all(some.map((socket) => once(socket, 'connect')));
    }
    return clients;
  }

  /** One after the other in groups, so that no burst counts. */
  async pingEach(): Promise<void> {
    for (let at = 0; at < this.#sockets.length; at += CONNECTING_MAX)
      await Promise.all(this.#sockets.slice(at, at + CONNECTING_MAX).map(ping));
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

async function ping(socket: Socket): Promise<void> {
  const answered = once(socket, 'data');
  socket.write(PING);
  const [reply] = (await answered) as [Buffer];
  if (reply.toString() !== PONG) throw new Error(`Cannot ping: got ${reply.toString()}, want PONG`);
}

/** Asks for so many bytes of values as fast as it is read, and reads no answer. */
export class DeafClient {
  readonly #socket: Socket;

  constructor({ host, port }: Address, data: DataSet, bytes = DEAF_BYTES) {
    this.#socket = connect({ host, port }).pause();
    // Whoever ends it is in the right.
    this.#socket.on('error', () => undefined);
    const requests = bytes / data.valueBytes;
    let asked = 0;
    const askMore = () => {
      do asked++;
      while (asked < requests && this.#socket.write(requestOf(data, asked)));
    };
    this.#socket.on('connect', askMore).on('drain', askMore);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** More than anything should keep, less than would bring the machine down. */
const DEAF_BYTES = 2 ** 30;

function requestOf(data: DataSet, n: number): string {
  const key = keyOf(data, n % data.count);
  return `*2\r\n$3\r\nGET\r\n$${key.length}\r\n${key}\r\n`;
}
