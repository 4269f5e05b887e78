/**
 * One message from a server to everybody who is subscribed. It is encoded once for each protocol version. Who does not
 * read is cut off, before what is kept for it is too much.
 */
import type { Logger } from '@keyfleet/runtime';
import type { Counters } from '../admin/counters.ts';
import type { Client } from '../downstream/client.ts';
import type { Hub } from './hub.ts';
import { mayBeHeard } from './place.ts';
import type { PushFrame } from './push-frame.ts';
import type { ShardFeed } from './shard-feed.ts';
import { judgeUnread, type UnreadLimits } from './slow-subscriber.ts';
import type { Subscriber } from './subscriber.ts';

const STAR = 0x2a;
/** From here on one copy is shared by all who are slow, instead of one for each. */
const SHARED_BYTES_MIN = 16 * 1024;

export type FanOutEnv = {
  readonly hub: Hub<Subscriber, ShardFeed>;
  readonly counters: Counters;
  readonly log: Logger;
  readonly monotonicMs: () => number;
  readonly limits: UnreadLimits;
  /** For the memory budget. */
  readonly noteRead: (bytes: number) => void;
  /** It is closed for not reading. */
  readonly onCut: (client: Client) => void;
};

export class FanOut {
  readonly #env: FanOutEnv;
  readonly #slow = new Set<Subscriber>();

  constructor(env: FanOutEnv) {
    this.#env = env;
  }

  /** `frame` is borrowed. */
  deliver(push: PushFrame, frame: Uint8Array, isOwner: (slot: number) => boolean): void {
    const { hub, counters, limits, noteRead } = this.#env;
    counters.messagesReceived++;
    const subscribers = hub.find(push.kind, push.name)?.subscribers;
    if (subscribers === undefined || !mayBeHeard(push.channel, push.message, isOwner)) return;
    counters.messagesDelivered += subscribers.size;
    noteRead(frame.length * subscribers.size);
    const isShared = frame.length >= SHARED_BYTES_MIN;
    let pushed: Uint8Array | null = isShared ? null : frame;
    let array: Uint8Array | null = null;
    for (const subscriber of subscribers) {
      const { client } = subscriber;
      const isResp3 = client.respVersion === 3;
      const bytes = isResp3 ? (pushed ??= copyOf(frame)) : (array ??= arrayOf(frame));
      client.push(bytes, 'usual', isShared);
      if (client.unreadBytes > limits.softBytes) this.#judge(subscriber);
    }
  }

  sweep(): void {
    for (const subscriber of this.#slow) this.#judge(subscriber);
  }

  forget(subscriber: Subscriber): void {
    this.#slow.delete(subscriber);
  }

  #judge(subscriber: Subscriber): void {
    const { monotonicMs, limits } = this.#env;
    const { client, slowSinceMs } = subscriber;
    const verdict = judgeUnread(client.unreadBytes, slowSinceMs, monotonicMs(), limits);
    subscriber.slowSinceMs = verdict.sinceMs;
    if (verdict.isTooMuch) this.#cut(client);
    else if (verdict.sinceMs === null) this.#slow.delete(subscriber);
    else this.#slow.add(subscriber);
  }

  #cut(client: Client): void {
    const { counters, log, limits, onCut } = this.#env;
    counters.subscribersCut++;
    log.warn(
      { client: client.id, unreadBytes: client.unreadBytes, ...limits },
      'subscribed client closed: it does not read its messages',
    );
    client.cutOff();
    onCut(client);
  }
}

/** With RESP2 a message is an array. */
function arrayOf(frame: Uint8Array): Uint8Array {
  const array = copyOf(frame);
  array[0] = STAR;
  return array;
}

/** A Buffer's own `slice` copies nothing. */
function copyOf(frame: Uint8Array): Uint8Array {
  return Uint8Array.prototype.slice.call(frame);
}
