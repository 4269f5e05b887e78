/** A client that says exactly what a test says, and shows what comes as it came. */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { encodeCommand, ReplyDecoder, type Reply } from '@keyfleet/resp';
import { eventually } from './eventually.ts';

export class RawClient {
  /** Everything that came, decoded; pushes among replies. */
  readonly received: Reply[] = [];
  isClosed = false;
  readonly socket: Socket;
  readonly #decoder = new ReplyDecoder();

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('close', () => (this.isClosed = true));
    socket.on('error', () => undefined);
  }

  static async connect(at: { host?: string; port: number }): Promise<RawClient> {
    const socket = connect({ host: at.host ?? '127.0.0.1', port: at.port });
    const client = new RawClient(socket);
    await once(socket, 'connect');
    return client;
  }

  send(...command: (string | Uint8Array)[]): void {
    this.socket.write(encodeCommand(command));
  }

  /** The next `count` frames, taken off. */
  async take(count: number): Promise<Reply[]> {
    await eventually(() => this.received.length >= count || this.isClosed);
    return this.received.splice(0, count);
  }

  async call(...command: (string | Uint8Array)[]): Promise<Reply> {
    this.send(...command);
    return (await this.take(1))[0]!;
  }

  close(): void {
    this.socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#decoder.push(chunk);
    for (let reply = this.#decoder.next(); reply !== undefined; reply = this.#decoder.next())
      this.received.push(reply);
  }
}
