/** A client with a cache of its own, kept true by what CLIENT TRACKING tells. */
import { connect, type Socket } from 'node:net';
import { encodeCommand, ErrorReply, ReplyDecoder, type Reply } from '@keyfleet/resp';

type Pending = {
  /** Takes the reply; not an error. */
  readonly take: (reply: Reply) => void;
  /** Read by it, and changed since it was sent: for those who are told over another connection. */
  readonly keys: readonly string[];
  readonly changed: Set<string>;
};

export class CachingClient {
  readonly cache = new Map<string, Reply>();
  /** How often something was taken out of it. */
  invalidations = 0;
  isClosed = false;
  readonly #socket: Socket;
  readonly #pending: Pending[] = [];

  constructor(port: number) {
    this.#socket = listen(port, (reply) => this.#onReply(reply));
    this.#socket.on('close', () => (this.isClosed = true));
  }

  get pendingCount(): number {
    return this.isClosed ? 0 : this.#pending.length;
  }

  call(...command: string[]): Promise<Reply> {
    return new Promise((resolve) => this.#send(command, [], resolve));
  }

  /** Reads with one command; what `valuesOf` finds in its reply is kept. */
  read(
    command: readonly string[],
    keys: readonly string[],
    valuesOf: (reply: Reply) => Reply[],
  ): void {
    const changed = new Set<string>();
    const take = (reply: Reply): void => {
      if (reply === null || reply instanceof ErrorReply) return this.#forget(keys);
      const values = valuesOf(reply);
      for (const [at, key] of keys.entries())
        if (!changed.has(key)) this.cache.set(key, values[at]!);
    };
    this.#send(command, keys, take, changed);
  }

  /** With NOLOOP nobody tells of it. */
  write(command: readonly string[], keys: readonly string[]): void {
    this.#forget(keys);
    this.#send(command, [], () => this.#forget(keys));
  }

  /** Null: all. */
  invalidate(keys: readonly string[] | null): void {
    this.invalidations++;
    for (const { keys: read, changed } of this.#pending)
      for (const key of keys ?? read) changed.add(key);
    if (keys === null) this.cache.clear();
    else this.#forget(keys);
  }

  close(): void {
    this.#socket.destroy();
  }

  #forget(keys: readonly string[]): void {
    for (const key of keys) this.cache.delete(key);
  }

  #send(
    command: readonly string[],
    keys: readonly string[],
    take: (reply: Reply) => void,
    changed = new Set<string>(),
  ): void {
    this.#pending.push({ take, keys, changed });
    this.#socket.write(encodeCommand(command));
  }

  #onReply(reply: Reply): void {
    const keys = invalidated(reply, 'push');
    if (keys === undefined) return this.#pending.shift()!.take(reply);
    // It comes in its place among the replies: what is pending is newer.
    this.invalidations++;
    if (keys === null) this.cache.clear();
    else this.#forget(keys);
  }
}

/** Subscribes to invalidations for another client. */
export function listenFor(
  port: number,
  client: CachingClient,
): Promise<{ id: string; close(): void }> {
  return new Promise((resolve) => {
    const socket = listen(port, (reply) => {
      const keys = invalidated(reply, 'message');
      if (keys !== undefined) return client.invalidate(keys);
      if (typeof reply !== 'number') return;
      socket.write(encodeCommand(['SUBSCRIBE', '__redis__:invalidate']));
      resolve({ id: String(reply), close: () => socket.destroy() });
    });
    socket.write(encodeCommand(['CLIENT', 'ID']));
  });
}

function listen(port: number, onReply: (reply: Reply) => void): Socket {
  const decoder = new ReplyDecoder();
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    decoder.push(chunk);
    for (let reply = decoder.next(); reply !== undefined; reply = decoder.next()) onReply(reply);
  });
  return socket;
}

function invalidated(reply: Reply, as: 'push' | 'message'): string[] | null | undefined {
  if (as === 'message') {
    const isMeant = Array.isArray(reply) && reply[0] === 'message';
    return isMeant ? (reply[2] as string[] | null) : undefined;
  }
  const isPush = typeof reply === 'object' && reply !== null && 'type' in reply;
  if (!isPush || reply.type !== 'push') return undefined;
  return (reply.items as [string, string[] | null])[1];
}
