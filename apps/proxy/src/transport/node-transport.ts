/**
 * The transport over `node:net`, except that a write goes to the socket's descriptor first: it needs no view of the
 * bytes, no request object and no stream, and tells how much the kernel took, so that the bytes need not outlive the
 * call.
 */
import { writeSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { addressText } from './address-text.ts';
import type {
  Connection,
  ConnectionHandler,
  ConnectTo,
  Listener,
  TlsOptions,
  Transport,
} from './transport.ts';

const READ_BUFFER_BYTES = 64 * 1024;
const KEEP_ALIVE_MS = 60_000;
const LISTEN_BACKLOG = 1024;

/** One buffer serves every socket: a read is handled whole before the next one starts. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);

export const nodeTransport: Transport = {
  connect(to, handler) {
    const { host, port, timeoutMs } = to;
    const socket =
      to.tls === undefined ? connectPlain(to, handler) : connectTls(to, to.tls, handler);
    const timer = setTimeout(() => {
      const because = `no answer in ${timeoutMs} ms`;
      socket.destroy(new Error(`Cannot connect to ${host}:${port}: ${because}`));
    }, timeoutMs);
    socket.once(to.tls === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer);
      handler.onOpen();
    });
    socket.once('close', () => clearTimeout(timer));
    const connection = new NodeConnection(socket);
    connection.attach(handler);
    return connection;
  },

  listen({ host, port, isShared = false }, accept) {
    const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }, (accepted) => {
      const socket = adopt(accepted, () => handler);
      const connection = new NodeConnection(socket);
      const handler = accept(connection);
      connection.attach(handler);
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

function connectPlain(to: ConnectTo, handler: ConnectionHandler): OwnedSocket {
  const socket = new OwnedSocket({
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    onread: readsFor(() => handler),
  });
  socket.connect(whereOf(to));
  return socket;
}

/** What is written goes through the socket, which encrypts it: its descriptor is never written to. */
function connectTls(to: ConnectTo, options: TlsOptions, handler: ConnectionHandler): net.Socket {
  const { context, serverName, verifies } = options;
  const socket = tls.connect({
    ...whereOf(to),
    secureContext: context,
    // An address has no name to ask for; the certificate is checked for the address then.
    ...(net.isIP(serverName) === 0 && { servername: serverName }),
    rejectUnauthorized: verifies !== 'off',
    ...(verifies === 'chain' && { checkServerIdentity: () => undefined }),
    // The types leave it out.
    ...{ onread: readsFor(() => handler) },
  });
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
}

function whereOf({ host, port, family = 0 }: ConnectTo): net.TcpNetConnectOpts {
  return { host, port, family };
}

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
function adopt(accepted: net.Socket, handler: () => ConnectionHandler): OwnedSocket {
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
  const socket = new OwnedSocket(options as net.SocketConstructorOpts);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
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

/**
 * Tells its connection at once when its descriptor is closed, whoever closes it. The event comes a little later; by then
 * another connection may have a descriptor of the same number.
 */
class OwnedSocket extends net.Socket {
  connection: NodeConnection | null = null;

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.connection?.forgetDescriptor();
    super._destroy(error, callback);
  }
}

class NodeConnection implements Connection {
  readonly remoteAddress: string;
  readonly #socket: net.Socket;
  /** Or -1: there is none (TLS), or not any more. */
  #descriptor = -1;
  /** Something waits in the socket. Most writes end here and at the descriptor, and never look at the socket. */
  #isQueueing = false;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.remoteAddress = addressText(socket.remoteAddress, socket.remotePort);
    if (!(socket instanceof OwnedSocket)) return;
    socket.connection = this;
    if (socket.connecting) socket.once('connect', () => this.#noteDescriptor());
    else this.#noteDescriptor();
  }

  attach(handler: ConnectionHandler): void {
    const socket = this.#socket;
    let failure: Error | undefined;
    socket.on('drain', () => handler.onDrain());
    socket.on('error', (error) => {
      failure = error;
    });
    socket.once('close', () => handler.onClose(failure));
  }

  forgetDescriptor(): void {
    this.#descriptor = -1;
  }

  get localAddress(): string {
    return addressText(this.#socket.localAddress, this.#socket.localPort);
  }

  get descriptor(): number {
    return this.#descriptor;
  }

  get unsentBytes(): number {
    return this.#isQueueing ? this.#socket.writableLength : 0;
  }

  write(bytes: Uint8Array, start: number, end: number, isKept = false): void {
    // In order: behind what waits already.
    const taken = this.#isQueueing ? 0 : this.#writeNow(bytes, start, end);
    if (start + taken < end) this.#queue(bytes.subarray(start + taken, end), isKept);
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
    const { _handle: handle } = this.#socket as { _handle?: { fd: number } | null };
    this.#descriptor = handle?.fd ?? -1;
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

  #queue(rest: Uint8Array, isKept: boolean): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    this.#isQueueing = true;
    socket.write(isKept ? rest : Uint8Array.prototype.slice.call(rest), () => {
      this.#isQueueing = socket.writableLength > 0;
    });
  }
}
