/** A client that is subscribed to something. */
import type { Client } from '../downstream/client.ts';
import type { Topic } from './hub.ts';
import { ofKinds, type Kind } from './kind.ts';

/** What a subscription takes besides its name. */
const SUBSCRIPTION_BYTES = 256;
/** What a name takes for each shard that it is heard at, however many are subscribed to it. */
const SHARD_BYTES = 256;

/** A reply to SUBSCRIBE that waits until everything that it names is in force at the servers. */
export type Confirmation = {
  readonly subscriber: Subscriber;
  readonly token: number;
  readonly reply: Uint8Array;
  /** CLIENT REPLY silences the reply: it is pushed besides. */
  readonly isPushed: boolean;
  readonly topics: readonly Topic<Subscriber>[];
  readonly missing: Set<Topic<Subscriber>>;
  readonly deadlineMs: number;
};

export class Subscriber {
  readonly client: Client;
  readonly held = ofKinds(() => new Map<string, Topic<Subscriber>>());
  /** In the order of its requests. */
  readonly confirming: Confirmation[] = [];
  /** Since when it has more unread than the soft limit; null: it has not. */
  slowSinceMs: number | null = null;

  constructor(client: Client) {
    this.client = client;
  }

  get size(): number {
    return this.held.channel.size + this.held.pattern.size + this.held.shardChannel.size;
  }

  hold(topic: Topic<Subscriber>): void {
    this.held[topic.kind].set(topic.name, topic);
    this.client.subscribedBytes += SUBSCRIPTION_BYTES + topic.name.length;
    if (topic.payer === null) this.#payFor(topic);
  }

  letGo(topic: Topic<Subscriber>): void {
    this.held[topic.kind].delete(topic.name);
    topic.subscribers.delete(this);
    this.client.subscribedBytes -= SUBSCRIPTION_BYTES + topic.name.length;
    if (topic.payer !== this) return;
    this.client.subscribedBytes -= topic.shardCount * SHARD_BYTES;
    topic.payer = null;
    const [next] = topic.subscribers;
    if (next !== undefined) next.#payFor(topic);
  }

  #payFor(topic: Topic<Subscriber>): void {
    topic.payer = this;
    this.client.subscribedBytes += topic.shardCount * SHARD_BYTES;
  }

  /**
   * One frame of the reply to SUBSCRIBE and its kin, as a string of bytes; channels and patterns are counted together
   * (pubsub.c).
   */
  frame(kind: Kind, verb: string, name: string | null): string {
    const { channel, pattern, shardChannel } = this.held;
    const count = kind === 'shardChannel' ? shardChannel.size : channel.size + pattern.size;
    const isResp3 = this.client.respVersion === 3;
    const nothing = isResp3 ? '_\r\n' : '$-1\r\n';
    const named = name === null ? nothing : `$${name.length}\r\n${name}\r\n`;
    return `${isResp3 ? '>' : '*'}3\r\n$${verb.length}\r\n${verb}\r\n${named}:${count}\r\n`;
  }
}
