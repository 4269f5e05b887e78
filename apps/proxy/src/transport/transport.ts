/**
 * The seam between the proxy and its sockets: open, read, write, close, back-pressure. Everything above it is plain
 * state; another runtime's sockets fit behind it.
 *
 * **Boundary:** bytes given either way are borrowed for the length of the call: one read buffer serves every socket,
 * and what is written may lie in it.
 */
import type { SecureContext } from 'node:tls';

export interface Connection {
  readonly remoteAddress: string;
  readonly localAddress: string;
  /** The system's number for it; -1: it has none. */
  readonly descriptor: number;
  /** Bytes handed over that the kernel has not taken yet. */
  readonly unsentBytes: number;
  /** Sends `bytes[start, end)`: what the kernel does not take within the call is copied, unless it is `kept` as it is. */
  write(bytes: Uint8Array, start: number, end: number, isKept?: boolean): void;
  pause(): void;
  resume(): void;
  /** Closes when everything written is sent, whether the far end closes or not. */
  end(): void;
  /** Closes now; what is unsent is lost. */
  destroy(): void;
}

export interface ConnectionHandler {
  /** Only for connections that we opened. */
  onOpen(): void;
  /** Brings `bytes[0, length)`. */
  onData(bytes: Uint8Array, length: number): void;
  /** The far end sends no more, and may still read. Only for accepted connections. */
  onEnd(): void;
  /** Nothing is unsent any more. */
  onDrain(): void;
  /** The last call, once; with the error that ended it, if one did. */
  onClose(error: Error | undefined): void;
}

export interface Listener {
  readonly port: number;
  /** Stops accepting; open connections stay. */
  close(): Promise<void>;
}

export type ConnectTo = {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  /** The name that `host`, an address, was found by; absent: the host. */
  readonly name?: string;
  /** Of the addresses that a name has; 0: any. */
  readonly family?: 0 | 4 | 6;
  readonly tls?: TlsOptions;
};

export type TlsOptions = {
  readonly context: SecureContext;
  /** Whose certificate is wanted. */
  readonly serverName: string;
  /** on: a certificate of that name, by an authority that is trusted; chain: of any name; off: any. */
  readonly verifies: 'on' | 'chain' | 'off';
};

export interface Transport {
  /** Open when it can be written to: with TLS, behind the handshake. */
  connect(to: ConnectTo, handler: ConnectionHandler): Connection;
  /** Rejects when the address cannot be bound. `isShared`: other processes listen there too, and the kernel balances. */
  listen(
    at: { host: string; port: number; isShared?: boolean },
    accept: (connection: Connection) => ConnectionHandler,
  ): Promise<Listener>;
}
