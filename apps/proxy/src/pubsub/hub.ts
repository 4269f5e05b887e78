/**
 * Who is subscribed to what, and what has to be subscribed at which shard for it. Pure bookkeeping: it tells feeds, one for
 * each shard, what is wanted of them. However many clients subscribe to a name, a feed is told once.
 *
 * A name that lives at one shard moves with its slot. Its former home is listened to for a while longer: a message that
 * was published there just before may still be on its way. None comes twice, for each was published once.
 *
 * Where servers pass messages on to each other, all names are listened to at one shard (shared-home.ts), or a message would come
 * twice: so when that is another one, the former is not listened to any more.
 */
import { KINDS, ofKinds, type Kind } from './kind.ts';
import { ANYWHERE, EVERYWHERE, placeOf, sharedPlaceOf, type ChannelScope } from './place.ts';
import type { HomeOf, SharedHome } from './shared-home.ts';

export interface Feed {
  want(kind: Kind, name: string): void;
  unwant(kind: Kind, name: string): void;
  isInForce(kind: Kind, name: string): boolean;
  /** What is wanted of it will not be in force soon. */
  isAway(nowMs: number): boolean;
  /** Nor would be published there. */
  isOut(nowMs: number): boolean;
  /** Its shard is no more. */
  close(): void;
}

/** A name that somebody is subscribed to, or is about to be. */
export type Topic<Subscriber> = {
  readonly kind: Kind;
  readonly name: string;
  /** A slot, EVERYWHERE, or ANYWHERE. */
  readonly place: number;
  /** Who is given its messages. */
  readonly subscribers: Set<Subscriber>;
  /** Those, and who is not confirmed yet. */
  holders: number;
  /** At how many shards it is kept, as of its beginning; and in whose account. */
  readonly shardCount: number;
  payer: Subscriber | null;
  /** The shard that it lives at; null: all, or none serves its slot. */
  home: string | null;
  formerHomes: Set<string> | null;
};

export type HubOptions<F extends Feed> = {
  readonly scope: ChannelScope;
  /** If servers pass messages on to each other, but for those of sharded channels and notifications. */
  readonly shared: SharedHome | null;
  /** How long a former home is listened to. */
  readonly graceMs: number;
  readonly openFeed: (shard: string) => F;
};

const SHARED_KINDS = ['channel', 'pattern'] as const;

type Lingering<S> = {
  readonly topic: Topic<S>;
  readonly shard: string;
  readonly untilMs: number;
};

export class Hub<Subscriber, F extends Feed> {
  /** By shard. */
  readonly feeds = new Map<string, F>();
  readonly #options: HubOptions<F>;
  readonly #topics = ofKinds(() => new Map<string, Topic<Subscriber>>());
  /** In the order of their time. */
  #lingering: Lingering<Subscriber>[] = [];
  #homeOf: HomeOf = () => null;
  #nowMs = 0;

  constructor(options: HubOptions<F>) {
    this.#options = options;
  }

  /** One more wants it. */
  enter(kind: Kind, name: string): Topic<Subscriber> {
    let topic = this.#topics[kind].get(name);
    if (topic === undefined) {
      topic = this.#newTopic(kind, name);
      this.#topics[kind].set(name, topic);
      for (const feed of this.feedsOf(topic)) feed.want(kind, name);
    }
    topic.holders++;
    return topic;
  }

  /** One less. */
  leave(topic: Topic<Subscriber>): void {
    const { kind, name } = topic;
    if (--topic.holders > 0) return;
    this.#topics[kind].delete(name);
    for (const feed of this.feedsOf(topic)) feed.unwant(kind, name);
    for (const shard of topic.formerHomes ?? []) this.feeds.get(shard)?.unwant(kind, name);
    topic.formerHomes = null;
  }

  find(kind: Kind, name: string): Topic<Subscriber> | undefined {
    return this.#topics[kind].get(name);
  }

  topics(kind: Kind): Iterable<Topic<Subscriber>> {
    return this.#topics[kind].values();
  }

  count(kind: Kind): number {
    return this.#topics[kind].size;
  }

  /** Those that must have it in force for every message to be heard. */
  feedsOf({ place, home }: Topic<Subscriber>): F[] {
    if (place === EVERYWHERE) return [...this.feeds.values()];
    const feed = home === null ? undefined : this.feeds.get(home);
    return feed === undefined ? [] : [feed];
  }

  isInForce({ kind, name, place, home }: Topic<Subscriber>): boolean {
    if (place !== EVERYWHERE)
      return home !== null && this.feeds.get(home)?.isInForce(kind, name) === true;
    // Asked at each confirmation of each shard: no list is made for it.
    for (const feed of this.feeds.values()) if (!feed.isInForce(kind, name)) return false;
    return this.feeds.size > 0;
  }

  /** Takes another topology: `homeOf` a slot, null where nobody serves it. */
  place(shards: readonly string[], homeOf: HomeOf, nowMs: number): void {
    this.#homeOf = homeOf;
    this.#nowMs = nowMs;
    const fresh = shards.filter((shard) => !this.feeds.has(shard));
    const gone = [...this.feeds.keys()].filter((shard) => !shards.includes(shard));
    for (const shard of fresh) this.feeds.set(shard, this.#options.openFeed(shard));
    for (const shard of gone) {
      this.feeds.get(shard)!.close();
      this.feeds.delete(shard);
    }
    for (const topic of KINDS.flatMap((kind) => [...this.#topics[kind].values()])) {
      if (topic.place === EVERYWHERE)
        for (const shard of fresh) this.feeds.get(shard)!.want(topic.kind, topic.name);
      if (topic.place >= 0) this.#settleHome(topic, nowMs);
    }
    this.#settleShared();
  }

  /** What one shard tells of it is all. */
  isShared(kind: Kind): boolean {
    return this.#options.shared !== null && kind !== 'shardChannel';
  }

  /** The shard that tells what servers pass on. */
  get sharedHome(): string | null {
    return this.#options.shared?.shard ?? null;
  }

  /** A slot of that shard; -1: there is none. */
  sharedSlot(): number {
    this.#settleShared();
    return this.#options.shared?.slot ?? -1;
  }

  /** Former homes are let go when their time is over. */
  sweep(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#settleShared();
    const isOver = ({ untilMs }: Lingering<Subscriber>): boolean => untilMs <= nowMs;
    if (this.#lingering[0] === undefined || !isOver(this.#lingering[0])) return;
    const over = this.#lingering.filter(isOver);
    this.#lingering = this.#lingering.slice(over.length);
    for (const { topic, shard } of over) {
      if (topic.formerHomes?.delete(shard) === true)
        this.feeds.get(shard)?.unwant(topic.kind, topic.name);
    }
  }

  #newTopic(kind: Kind, name: string): Topic<Subscriber> {
    const isShared = this.isShared(kind);
    const place = isShared ? sharedPlaceOf(kind, name) : placeOf(kind, name, this.#options.scope);
    const home = this.#homeAt(place);
    const shardCount = place === EVERYWHERE ? this.feeds.size : 1;
    const nobody = { subscribers: new Set<Subscriber>(), holders: 0, payer: null };
    return { kind, name, place, shardCount, ...nobody, home, formerHomes: null };
  }

  #homeAt(place: number): string | null {
    if (place === ANYWHERE) return this.sharedHome;
    return place === EVERYWHERE ? null : this.#homeOf(place);
  }

  #settleShared(): void {
    const { sharedHome: former } = this;
    const { shared } = this.#options;
    if (shared?.settle(this.feeds, this.#homeOf, this.#nowMs) !== true) return;
    for (const topic of SHARED_KINDS.flatMap((kind) => [...this.#topics[kind].values()])) {
      if (topic.place !== ANYWHERE) continue;
      topic.home = shared.shard;
      if (former !== null) this.feeds.get(former)?.unwant(topic.kind, topic.name);
      if (shared.shard !== null) this.feeds.get(shared.shard)!.want(topic.kind, topic.name);
    }
  }

  #settleHome(topic: Topic<Subscriber>, nowMs: number): void {
    const { kind, name, home: former } = topic;
    const home = this.#homeOf(topic.place);
    if (home === former) return;
    topic.home = home;
    if (home !== null) {
      topic.formerHomes?.delete(home);
      this.feeds.get(home)!.want(kind, name);
    }
    if (former === null || !this.feeds.has(former)) return;
    topic.formerHomes ??= new Set();
    topic.formerHomes.add(former);
    const untilMs = nowMs + this.#options.graceMs;
    this.#lingering.push({ topic, shard: former, untilMs });
  }
}
