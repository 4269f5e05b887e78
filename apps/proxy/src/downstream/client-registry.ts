/** All clients of the proxy: accepts up to the limit, and lets them finish when the proxy drains. */
import { encode } from '@keyfleet/resp';
import type { Clock } from '@keyfleet/runtime';
import type { Connection, ConnectionHandler } from '../transport/transport.ts';
import { Client } from './client.ts';
import { MODE } from './mode.ts';
import type { ClientEnv } from './client-env.ts';

const TOO_MANY = encode.errorReply('ERR max number of clients reached');

const refused: ConnectionHandler = {
  onOpen: () => undefined,
  onData: () => undefined,
  onEnd: () => undefined,
  onDrain: () => undefined,
  onClose: () => undefined,
};

/** `onLeft`: a client is gone, and whatever else was kept for it can go too. */
export type RegistryEnv = Omit<ClientEnv, 'onClosed'> & { onLeft: (client: Client) => void };

export class ClientRegistry {
  refusedCount = 0;
  /** Bits of `Client.mode` that new clients begin with. */
  modeOfNew: number = MODE.plain;
  readonly #clients = new Set<Client>();
  readonly #env: ClientEnv;
  readonly #clock: Clock;
  readonly #max: number;
  #lastId: number;

  constructor({ onLeft, ...env }: RegistryEnv, clock: Clock, max: number, idsAfter = 0) {
    this.#env = {
      ...env,
      onClosed: (client) => {
        this.#clients.delete(client);
        onLeft(client);
      },
    };
    this.#clock = clock;
    this.#max = max;
    this.#lastId = idsAfter;
  }

  get size(): number {
    return this.#clients.size;
  }

  all(): Client[] {
    return [...this.#clients];
  }

  accept(connection: Connection): ConnectionHandler {
    if (this.#clients.size >= this.#max) {
      this.refusedCount++;
      connection.write(TOO_MANY, 0, TOO_MANY.length);
      connection.end();
      return refused;
    }
    const client = new Client(++this.#lastId, connection, this.#env);
    client.facts.connectedAtMs = client.facts.lastDataMs = this.#clock.monotonicMs();
    client.mode = this.modeOfNew;
    this.#clients.add(client);
    return client;
  }

  /** Clients take no new requests; resolves when the pending ones are answered, or after `drainMs`. */
  async drain(drainMs: number): Promise<void> {
    for (const client of this.#clients) client.closeWhenDone();
    const deadlineMs = this.#clock.monotonicMs() + drainMs;
    while (this.#clients.size > 0 && this.#clock.monotonicMs() < deadlineMs)
      await this.#clock.sleep(10);
    for (const client of this.#clients) client.connection.destroy();
  }
}
