/** A connection of the proxy's own to a server, for questions of its control side: each gets its answer, in order. */
import { encodeCommand, ProtocolError, ReplyDecoder, type Reply } from '@keyfleet/resp';
import type { Connection, ConnectionHandler } from '../transport/transport.ts';

export class ControlLine implements ConnectionHandler {
  readonly #connection: Connection;
  readonly #decoder = new ReplyDecoder();
  #waiting: PromiseWithResolvers<Reply>[] = [];
  /** Null while it is open. */
  #failure: Error | null = null;

  constructor(connect: (handler: ConnectionHandler) => Connection) {
    this.#connection = connect(this);
  }

  /** Resolves with the answer, which may be an error of the server's; rejects when the line is lost. */
  ask(...command: string[]): Promise<Reply> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const bytes = encodeCommand(command);
    const question = Promise.withResolvers<Reply>();
    this.#waiting.push(question);
    this.#connection.write(bytes, 0, bytes.length);
    return question.promise;
  }

  close(because: string): void {
    this.#end(new Error(because));
  }

  onOpen(): void {
    // What is asked before it is open waits in the connection.
  }

  onData(bytes: Uint8Array, length: number): void {
    if (this.#failure !== null) return;
    try {
      this.#decoder.push(bytes.subarray(0, length));
      for (let reply = this.#decoder.next(); reply !== undefined; reply = this.#decoder.next())
        this.#onReply(reply);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#end(error);
    }
  }

  onEnd(): void {
    // The transport closes connections that we opened when the server ends them.
  }

  onDrain(): void {
    // Questions are short.
  }

  onClose(error: Error | undefined): void {
    this.#end(error ?? new Error('it closed the connection'));
  }

  #onReply(reply: Reply): void {
    const question = this.#waiting.shift();
    if (question === undefined) throw new ProtocolError('A reply came that nobody asked for');
    question.resolve(reply);
  }

  #end(failure: Error): void {
    if (this.#failure !== null) return;
    this.#failure = failure;
    this.#connection.destroy();
    for (const { reject } of this.#waiting.splice(0)) reject(failure);
  }
}
