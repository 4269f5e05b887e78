import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodeCommand, ReplyDecoder, type Reply } from '@keyfleet/resp';

export type Command = readonly (string | Uint8Array)[];
export type Server = { readonly host: string; readonly port: number };

/** A client that does nothing but send and match replies by their order, so that a wrong one cannot be smoothed over. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  readonly #decoder = new ReplyDecoder();
  readonly #waiting: PromiseWithResolvers<Reply>[] = [];
  #failure: Error | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () =>
      this.#fail(new Error('Cannot go on: the server closed the connection')),
    );
  }

  static async connect(server: Server): Promise<RawClient> {
    const socket = connect({ ...server, noDelay: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Errors are replies too: they come as values. */
  async call(...command: Command): Promise<Reply> {
    return (await this.send(encodeCommand(command), 1))[0]!;
  }

  async pipeline(commands: readonly Command[]): Promise<Reply[]> {
    return this.send(
      Buffer.concat(commands.map((command) => encodeCommand(command))),
      commands.length,
    );
  }

  /** Any bytes, and how many replies they ask for. */
  async send(bytes: string | Uint8Array, replies: number): Promise<Reply[]> {
    if (this.#failure) throw this.#failure;
    const waiting = Array.from({ length: replies }, () => Promise.withResolvers<Reply>());
    this.#waiting.push(...waiting);
    this.socket.write(bytes);
    return Promise.all(waiting.map(({ promise }) => promise));
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#decoder.push(chunk);
    for (let reply = this.#decoder.next(); reply !== undefined; reply = this.#decoder.next()) {
      const waiting = this.#waiting.shift();
      if (waiting) waiting.resolve(reply);
      else this.#fail(new Error('Cannot match a reply: nothing was asked'));
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#failure);
  }
}

export function serverOf(address: string): Server {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
