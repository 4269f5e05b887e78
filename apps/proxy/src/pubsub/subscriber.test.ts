import { describe, expect, it } from 'vitest';
import type { Client } from '../downstream/client.ts';
import { Hub, type Feed } from './hub.ts';
import { Subscriber } from './subscriber.ts';

const feed: Feed = {
  ...{ want: () => undefined, unwant: () => undefined, close: () => undefined },
  isInForce: () => true,
  isAway: () => false,
  isOut: () => false,
};

function sceneOf(shardCount: number) {
  const hub = new Hub<Subscriber, Feed>({
    scope: 'all',
    graceMs: 0,
    shared: null,
    openFeed: () => feed,
  });
  const shards = Array.from({ length: shardCount }, (_, i) => `s${i}`);
  hub.place(shards, () => 's0', 0);
  const subscriber = () => new Subscriber({ subscribedBytes: 0 } as unknown as Client);
  const enter = (of: Subscriber, name: string) => {
    const topic = hub.enter('channel', name);
    of.hold(topic);
    topic.subscribers.add(of);
    return topic;
  };
  return { hub, subscriber, enter };
}

function costAt(shardCount: number): number {
  const { subscriber, enter } = sceneOf(shardCount);
  const only = subscriber();
  enter(only, 'a');
  return only.client.subscribedBytes;
}

describe('what a subscription counts', () => {
  it('grows with the shards that it is heard at', () => {
    expect(costAt(9) - costAt(5)).toBe(costAt(5) - costAt(1));
    expect(costAt(5)).toBeGreaterThan(costAt(1));
  });

  it('is one account’s for the shards, which goes to another when its holder leaves', () => {
    const { subscriber, enter } = sceneOf(3);
    const [first, second] = [subscriber(), subscriber()];
    const topic = enter(first, 'a');
    enter(second, 'a');
    const alone = first.client.subscribedBytes;
    expect(second.client.subscribedBytes).toBeLessThan(alone);
    first.letGo(topic);
    expect([first, second].map(({ client }) => client.subscribedBytes)).toEqual([0, alone]);
    second.letGo(topic);
    expect(second.client.subscribedBytes).toBe(0);
  });
});
