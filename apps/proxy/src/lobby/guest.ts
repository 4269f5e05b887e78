/**
 * A connection whose client has not said who it is. When it does, the request that says so and all that comes behind it go
 * to the data path of its cluster, which answers it: so a HELLO is answered in one place, and order is kept.
 */
import { encode, ProtocolError, RequestFramer } from '@keyfleet/resp';
import type { Connection, ConnectionHandler } from '../transport/transport.ts';
import type { Account, Users } from './account.ts';
import { answerGuest, type GuestAnswer } from './answer-guest.ts';
import { WRONG_PASSWORD } from './credentials.ts';

/** What `processMultibulkBuffer` takes of clients that are not authenticated; and a line as short. */
const REQUEST_LIMITS = { argsMax: 10, bulkBytesMax: 16_384, inlineBytesMax: 16_384 };
/** Of replies that it does not read. */
const UNREAD_BYTES_MAX = 16_384;
const NO_BYTES = new Uint8Array();

export type GuestEnv = {
  readonly users: Users;
  /** Hands the connection to the data path of the account's cluster. */
  readonly admit: (connection: Connection, account: Account) => ConnectionHandler;
  /** Bytes that it keeps more, or less. False: that is too much. */
  readonly noteKept: (bytes: number) => boolean;
  /** It is a client now, or gone. */
  readonly onLeft: (guest: Guest) => void;
  readonly onWrongPassword: () => void;
};

export class Guest implements ConnectionHandler {
  readonly connection: Connection;
  readonly sinceMs: number;
  readonly #env: GuestEnv;
  /** The beginning of a request. */
  #kept: Uint8Array = NO_BYTES;
  #client: ConnectionHandler | null = null;
  #isLeaving = false;

  constructor(connection: Connection, sinceMs: number, env: GuestEnv) {
    this.connection = connection;
    this.sinceMs = sinceMs;
    this.#env = env;
  }

  onOpen(): void {
    // Accepted connections are open from the start.
  }

  onData(bytes: Uint8Array, length: number): void {
    if (this.#client !== null) return this.#client.onData(bytes, length);
    if (this.#isLeaving) return;
    const input = joined(this.#kept, bytes.subarray(0, length));
    const taken = this.#answerAll(input);
    if (this.#client === null) this.#keep(input.subarray(taken));
  }

  onEnd(): void {
    if (this.#client !== null) this.#client.onEnd();
    else this.connection.end();
  }

  onDrain(): void {
    this.#client?.onDrain();
  }

  onClose(error: Error | undefined): void {
    if (this.#client !== null) return this.#client.onClose(error);
    this.#leave();
  }

  /** It had its time, or the proxy stops. */
  dismiss(): void {
    this.#isLeaving = true;
    this.connection.destroy();
  }

  /** How much of the input is done with. */
  #answerAll(input: Uint8Array): number {
    const request = new RequestFramer(REQUEST_LIMITS);
    let taken = 0;
    try {
      request.push(input);
      while (!this.#isLeaving && request.next()) {
        const end = input.length - request.bufferedBytes;
        const answer = answerGuest(request, this.#env.users);
        if (answer.kind === 'enter') {
          this.#enter({ ...answer.user, input: input.subarray(taken) });
          return input.length;
        }
        this.#give(answer);
        taken = end;
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#give({ kind: 'leave', reply: encode.errorReply(`ERR ${error.message}`) });
    }
    return this.#isLeaving ? input.length : taken;
  }

  #enter({ name, cluster, input }: { name: string; cluster: string; input: Uint8Array }): void {
    const { users, admit } = this.#env;
    this.#leave();
    this.#client = admit(this.connection, { users, cluster, userName: name });
    this.#client.onData(input, input.length);
  }

  #give(answer: Exclude<GuestAnswer, { kind: 'enter' }>): void {
    if (answer.kind === 'cut') return this.dismiss();
    const { reply, kind } = answer;
    if (reply === WRONG_PASSWORD) this.#env.onWrongPassword();
    this.connection.write(reply, 0, reply.length);
    if (kind === 'leave') {
      this.#isLeaving = true;
      this.connection.end();
    } else if (this.connection.unsentBytes > UNREAD_BYTES_MAX) this.dismiss();
  }

  /** The input is borrowed: what is kept of it is a copy. */
  #keep(rest: Uint8Array): void {
    const isTooMuch = !this.#env.noteKept(rest.length - this.#kept.length);
    this.#kept = rest.length === 0 ? NO_BYTES : new Uint8Array(rest);
    if (isTooMuch) this.dismiss();
  }

  #leave(): void {
    this.#env.noteKept(-this.#kept.length);
    this.#kept = NO_BYTES;
    this.#env.onLeft(this);
  }
}

function joined(kept: Uint8Array, bytes: Uint8Array): Uint8Array {
  return kept.length === 0 ? bytes : Buffer.concat([kept, bytes]);
}
