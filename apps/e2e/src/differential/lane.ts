/** A connection on which replies come back as the bytes they are. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ReplyFramer } from '@keyfleet/resp';
import type { Server } from '../raw-client.ts';

const SILENT_MS_MAX = 10_000;
const PUSH = 0x3e;

export class Lane implements Disposable {
  readonly #socket: Socket;
  readonly #framer = new ReplyFramer();
  #replies: Uint8Array[] = [];
  #wanted = 0;
  #done: PromiseWithResolvers<void> | null = null;
  #failure: Error | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection was closed')));
    socket.setTimeout(SILENT_MS_MAX, () =>
      this.#fail(new Error(`no reply in ${SILENT_MS_MAX} ms`)),
    );
  }

  static async connect(server: Server): Promise<Lane> {
    const socket = connect({ ...server, noDelay: true });
    await once(socket, 'connect');
    return new Lane(socket);
  }

  /** The replies to `count` requests, or fewer: then `failure` says why. Pushes are left out. */
  async exchange(bytes: Uint8Array, count: number): Promise<Uint8Array[]> {
    if (this.#failure !== null || count === 0) return [];
    this.#wanted = count;
    this.#done = Promise.withResolvers();
    this.#socket.write(bytes);
    await this.#done.promise;
    this.#done = null;
    return this.#replies.splice(0);
  }

  get failure(): Error | null {
    return this.#failure;
  }

  [Symbol.dispose](): void {
    this.#socket.removeAllListeners('close').destroy();
  }

  #read(chunk: Buffer): void {
    const framer = this.#framer;
    framer.push(chunk);
    while (framer.next()) {
      if (framer.type !== PUSH) this.#replies.push(framer.bytes.slice(framer.start, framer.end));
    }
    framer.keep();
    if (this.#replies.length >= this.#wanted) this.#done?.resolve();
  }

  #fail(error: Error): void {
    // One that waits for nothing may be silent.
    if (this.#done === null && error.message.startsWith('no reply')) return;
    this.#failure ??= error;
    this.#done?.resolve();
  }
}
