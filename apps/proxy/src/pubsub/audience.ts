/** Who hears a message: what servers count of this process, and which of its clients it stands for. */
import { globMatch } from './glob-match.ts';
import type { Hub, Topic } from './hub.ts';
import type { Kind } from './kind.ts';
import { EVERYWHERE } from './place.ts';
import type { ShardFeed } from './shard-feed.ts';
import type { Subscriber } from './subscriber.ts';

export type PublishedAt = {
  readonly kind: Kind;
  readonly channel: string;
  /** Whose server publishes it. */
  readonly shard: string;
};

export class Audience {
  readonly #hub: Hub<Subscriber, ShardFeed>;

  constructor(hub: Hub<Subscriber, ShardFeed>) {
    this.#hub = hub;
  }

  /** How often the shard's server may count this process. */
  upstreamOf({ kind, channel, shard }: PublishedAt): number {
    const ledger = this.#hub.feeds.get(shard)?.ledger;
    if (ledger === undefined) return 0;
    let count = ledger.mayCount(kind, channel) ? 1 : 0;
    if (kind !== 'channel') return count;
    for (const pattern of ledger.names('pattern')) {
      if (ledger.mayCount('pattern', pattern) && globMatch(pattern, channel)) count++;
    }
    return count;
  }

  hasClientsOf(at: PublishedAt): boolean {
    return this.#hub.find(at.kind, at.channel) !== undefined || this.clientsOf(at) > 0;
  }

  /** Subscriptions of clients of this process that it matches. */
  clientsOf({ kind, channel, shard }: PublishedAt): number {
    const topic = this.#hub.find(kind, channel);
    let count = topic !== undefined && this.#isHeard(topic, shard) ? topic.subscribers.size : 0;
    if (kind !== 'channel') return count;
    for (const { name, subscribers } of this.#hub.topics('pattern')) {
      if (globMatch(name, channel)) count += subscribers.size;
    }
    return count;
  }

  /** What a transaction publishes somewhere else than where its channel lives may be heard by patterns only. */
  #isHeard({ kind, place, home }: Topic<Subscriber>, shard: string): boolean {
    return this.#hub.isShared(kind) || place === EVERYWHERE || home === shard;
  }
}
