/** Who hears a message: what servers count of this process, and which of its clients it stands for. */
import { globMatch } from './glob-match.ts';
import type { Hub } from './hub.ts';
import type { Kind } from './kind.ts';
import type { ShardFeed } from './shard-feed.ts';
import type { Subscriber } from './subscriber.ts';

export class Audience {
  readonly #hub: Hub<Subscriber, ShardFeed>;

  constructor(hub: Hub<Subscriber, ShardFeed>) {
    this.#hub = hub;
  }

  /** How often the shard's server may count this process. */
  upstreamOf(kind: Kind, channel: string, shard: string): number {
    const ledger = this.#hub.feeds.get(shard)?.ledger;
    if (ledger === undefined) return 0;
    let count = ledger.mayCount(kind, channel) ? 1 : 0;
    if (kind !== 'channel') return count;
    for (const pattern of ledger.names('pattern')) {
      if (ledger.mayCount('pattern', pattern) && globMatch(pattern, channel)) count++;
    }
    return count;
  }

  hasClientsOf(kind: Kind, channel: string): boolean {
    return this.#hub.find(kind, channel) !== undefined || this.clientsOf(kind, channel) > 0;
  }

  /** Subscriptions of clients of this process that it matches. */
  clientsOf(kind: Kind, channel: string): number {
    let count = this.#hub.find(kind, channel)?.subscribers.size ?? 0;
    if (kind !== 'channel') return count;
    for (const { name, subscribers } of this.#hub.topics('pattern')) {
      if (globMatch(name, channel)) count += subscribers.size;
    }
    return count;
  }
}
