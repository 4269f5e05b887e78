/**
 * The transport over `node:net`, except that a write goes to the socket's descriptor first: it needs no view of the
 * bytes, no request object and no stream, and tells how much the kernel took, so that the bytes need not outlive the
 * call.
 */
import { writeSync } from 'node:fs';
import net from 'node:net';
import type { Connection, ConnectionHandler, Listener, Transport } from './transport.ts';

const READ_BUFFER_BYTES = 64 * 1024;
const KEEP_ALIVE_MS = 60_000;
const LISTEN_BACKLOG = 1024;

/** One buffer serves every socket: a read is handled whole before the next one starts. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);

export const nodeTransport: Transport = {
  connect({ host, port, timeoutMs }, handler) {
    const socket = net.connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
      onread: readsFor(() => handler),
    });
    const timer = setTimeout(() => {
      const because = `no answer in ${timeoutMs} ms`;
      socket.destroy(new Error(`Cannot connect to ${host}:${port}: ${because}`));
    }, timeoutMs);
    socket.once('connect', () => {
      clearTimeout(timer);
      handler.onOpen();
    });
    socket.once('close', () => clearTimeout(timer));
    attach(socket, handler);
    return new NodeConnection(socket);
  },

  listen({ host, port, isShared = false }, accept) {
    const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }, (accepted) => {
      const socket = adopt(accepted, () => handler);
      const handler = accept(new NodeConnection(socket));
      attach(socket, handler);
      socket.on('end', () => handler.onEnd());
      socket.resume();
    });
    return new Promise<Listener>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, backlog: LISTEN_BACKLOG, reusePort: isShared }, () => {
        server.off('error', reject);
        // An accept that fails (no descriptors left) concerns one who connects: he sees it, the rest goes on.
        server.on('error', () => undefined);
        resolve(listenerOf(server));
      });
    });
  },
};

function readsFor(handler: () => ConnectionHandler): net.OnReadOpts {
  return {
    buffer: readBuffer,
    callback: (length) => {
      handler().onData(readBuffer, length);
      return true;
    },
  };
}

/**
 * An accepted connection as a socket that reads into the shared buffer. `net.createServer` has no option for that, and
 * allocates 64 KB for every read instead: 18 % more CPU for a server that only answers PING (8.6–9.4 against
 * 10.4–11.4 µs). The handle goes from the socket that Node made to one of ours, as `child_process` passes handles.
 */
function adopt(accepted: net.Socket, handler: () => ConnectionHandler): net.Socket {
  const former = accepted as unknown as { _handle: unknown };
  const options = {
    handle: former._handle,
    onread: readsFor(handler),
    readable: true,
    writable: true,
    allowHalfOpen: true,
  };
  former._handle = null;
  accepted.destroy();
  const socket = new net.Socket(options as net.SocketConstructorOpts);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
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

type Handle = { readonly fd: number };

class NodeConnection implements Connection {
  readonly remoteAddress: string;
  readonly #socket: net.Socket & { _handle?: Handle | null };
  /** Whose descriptor `#descriptor` is: after the close, a descriptor of the same number is somebody else's. */
  #handle: Handle | null = null;
  #descriptor = -1;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.remoteAddress = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`;
    if (socket.connecting) socket.once('connect', () => this.#noteDescriptor());
    else this.#noteDescriptor();
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array, start: number, end: number, isKept = false): void {
    const socket = this.#socket;
    // In order: behind what waits already.
    const mayGoNow = socket.writableLength === 0 && socket._handle === this.#handle;
    const taken = mayGoNow ? this.#writeNow(bytes, start, end) : 0;
    if (start + taken === end || socket.destroyed) return;
    const rest = bytes.subarray(start + taken, end);
    socket.write(isKept ? rest : Uint8Array.prototype.slice.call(rest));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #noteDescriptor(): void {
    this.#handle = this.#socket._handle ?? null;
    this.#descriptor = this.#handle?.fd ?? -1;
  }

  /** How many bytes the kernel took. */
  #writeNow(bytes: Uint8Array, start: number, end: number): number {
    if (this.#descriptor < 0) return 0;
    try {
      return writeSync(this.#descriptor, bytes, start, end - start);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
      this.#socket.destroy(error as Error);
      return 0;
    }
  }
}
