/** The transport over `node:net`. */
import net from 'node:net';
import type { Connection, ConnectionHandler, Listener, Transport } from './transport.ts';

const READ_BUFFER_BYTES = 64 * 1024;
const KEEP_ALIVE_MS = 60_000;
const LISTEN_BACKLOG = 1024;

/** One buffer serves every upstream socket: a read is handled whole before the next one starts. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);

export const nodeTransport: Transport = {
  connect({ host, port, timeoutMs }, handler) {
    const socket = net.connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
      onread: {
        buffer: readBuffer,
        callback: (length) => {
          handler.onData(readBuffer.subarray(0, length));
          return true;
        },
      },
    });
    const timer = setTimeout(() => {
      socket.destroy(new Error(`Cannot connect to ${host}:${port}: no answer in ${timeoutMs} ms`));
    }, timeoutMs);
    socket.once('connect', () => {
      clearTimeout(timer);
      handler.onOpen();
    });
    socket.once('close', () => clearTimeout(timer));
    return bind(socket, handler);
  },

  listen({ host, port }, accept) {
    const server = net.createServer(
      { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS },
      (socket) => {
        const connection = new NodeConnection(socket);
        const handler = accept(connection);
        socket.on('data', (bytes: Buffer) => handler.onData(bytes));
        attach(socket, handler);
      },
    );
    return new Promise<Listener>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, backlog: LISTEN_BACKLOG }, () => {
        server.off('error', reject);
        resolve(listenerOf(server));
      });
    });
  },
};

function bind(socket: net.Socket, handler: ConnectionHandler): Connection {
  attach(socket, handler);
  return new NodeConnection(socket);
}

function attach(socket: net.Socket, handler: ConnectionHandler): void {
  let failure: Error | undefined;
  socket.on('drain', () => handler.onDrain());
  socket.on('error', (error) => {
    failure = error;
  });
  socket.once('close', () => handler.onClose(failure));
}

function listenerOf(server: net.Server): Listener {
  return {
    port: (server.address() as net.AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close();
        // `close` calls back only when the last connection is gone; accepting has ended already.
        resolve();
      }),
  };
}

class NodeConnection implements Connection {
  readonly remoteAddress: string;
  readonly #socket: net.Socket;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.remoteAddress = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`;
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    this.#socket.write(bytes);
    // libuv tries the system call at once; what it could not send is counted here until it is sent.
    return this.#socket.writableLength === 0;
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
