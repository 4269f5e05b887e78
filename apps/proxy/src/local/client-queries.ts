/** What CLIENT LIST and CLIENT KILL find and do among the clients of this process. */
import type { Client } from '../downstream/client.ts';
import type { KillOrder } from '../workers/processes.ts';
import { shownUserName } from '../lobby/account.ts';
import { isMeant, type ClientFilter } from './client-filter.ts';
import { clientLine, type ClientActivity } from './client-line.ts';

export type ClientQueriesEnv = {
  readonly clients: () => readonly Client[];
  readonly activityOf: (client: Client) => ClientActivity;
  readonly monotonicMs: () => number;
};

export class ClientQueries {
  readonly #env: ClientQueriesEnv;

  constructor(env: ClientQueriesEnv) {
    this.#env = env;
  }

  line(client: Client): string {
    const { activityOf, monotonicMs } = this.#env;
    return clientLine(client, activityOf(client), monotonicMs());
  }

  has(clientId: number): boolean {
    return this.#env.clients().some(({ id }) => id === clientId);
  }

  /** A line for each that is meant: as long as `clientsMax` lets it become, some hundred bytes per client. */
  list(filter: ClientFilter): string {
    return this.#meant(filter)
      .map((client) => `${this.line(client)}\n`)
      .join('');
  }

  /** Returns how many. The one that asks is closed behind its answer. */
  kill({ filter, askedBy }: KillOrder): number {
    const killed = this.#meant(filter).filter(({ id }) => id !== askedBy || !filter.skipsSelf);
    for (const client of killed) {
      if (client.id === askedBy) client.closeWhenDone();
      else client.cutOff();
    }
    return killed.length;
  }

  #meant(filter: ClientFilter): Client[] {
    const { clients, activityOf, monotonicMs } = this.#env;
    const nowMs = monotonicMs();
    return clients().filter((client) => {
      const { channels, patterns, shardChannels } = activityOf(client);
      const facts = {
        id: client.id,
        type: channels + patterns + shardChannels > 0 ? ('pubsub' as const) : ('normal' as const),
        address: client.connection.remoteAddress,
        localAddress: client.connection.localAddress,
        user: shownUserName(client.facts.account),
        ageSeconds: (nowMs - client.facts.connectedAtMs) / 1000,
      };
      return isMeant(facts, filter);
    });
  }
}
