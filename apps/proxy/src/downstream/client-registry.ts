/** All clients of the proxy: accepts up to the limit, and lets them finish when the proxy drains. */
import type { Clock } from '@keyfleet/runtime';
import type { Account } from '../lobby/account.ts';
import type { Connection, ConnectionHandler } from '../transport/transport.ts';
import { Client } from './client.ts';
import { MODE } from './mode.ts';
import type { ClientEnv } from './client-env.ts';
import { refuse } from './refuse.ts';

/** `onLeft`: a client is gone, and whatever else was kept for it can go too. */
export type RegistryEnv = Omit<ClientEnv, 'onClosed'> & {
  onJoined: (client: Client) => void;
  onLeft: (client: Client) => void;
};

export class ClientRegistry {
  refusedCount = 0;
  /** More are refused. */
  max: number;
  /** Bits of `Client.mode` that new clients begin with. */
  modeOfNew: number = MODE.plain;
  readonly #clients = new Set<Client>();
  readonly #env: ClientEnv;
  readonly #onJoined: (client: Client) => void;
  readonly #clock: Clock;
  #lastId: number;

  constructor({ onJoined, onLeft, ...env }: RegistryEnv, clock: Clock, max: number, idsAfter = 0) {
    this.#env = {
      ...env,
      onClosed: (client) => {
        this.#clients.delete(client);
        onLeft(client);
      },
    };
    this.#onJoined = onJoined;
    this.#clock = clock;
    this.max = max;
    this.#lastId = idsAfter;
  }

  get size(): number {
    return this.#clients.size;
  }

  all(): Client[] {
    return [...this.#clients];
  }

  /** `account`: who it is, where its listener asks. */
  accept(connection: Connection, account: Account | null = null): ConnectionHandler {
    if (this.#clients.size >= this.max) {
      this.refusedCount++;
      return refuse(connection);
    }
    const client = new Client(++this.#lastId, connection, this.#env);
    client.facts.connectedAtMs = client.facts.lastDataMs = this.#clock.monotonicMs();
    client.facts.account = account;
    client.mode = this.modeOfNew;
    this.#onJoined(client);
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
