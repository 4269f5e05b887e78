import { createLogger } from '@keyfleet/runtime';
import { describe, expect, it } from 'vitest';
import { Counters } from '../admin/counters.ts';
import type { Client } from '../downstream/client.ts';
import { FanOut } from './fan-out.ts';
import { Hub } from './hub.ts';
import type { ShardFeed } from './shard-feed.ts';
import { Subscriber } from './subscriber.ts';

type Pushed = { readonly bytes: Uint8Array; readonly isKept: boolean };

/** Sends a message of so many bytes to clients with these protocols. */
function deliverTo(versions: readonly number[], length: number) {
  const hub = new Hub<Subscriber, ShardFeed>({
    ...{ scope: 'all', graceMs: 0 },
    shared: null,
    openFeed: () => null as never,
  });
  const topic = hub.enter('channel', 'a');
  const pushed: Pushed[] = [];
  for (const respVersion of versions) {
    const push = (bytes: Uint8Array, _order: string, isKept: boolean) =>
      void pushed.push({ bytes, isKept });
    topic.subscribers.add(
      new Subscriber({ respVersion, unreadBytes: 0, push } as unknown as Client),
    );
  }
  const fanOut = new FanOut({
    hub,
    counters: new Counters(),
    log: createLogger('test', 'silent'),
    monotonicMs: () => 0,
    limits: { hardBytes: 1, softBytes: 1, softMs: 1 },
    noteRead: () => undefined,
    onCut: () => undefined,
  });
  const frame = Buffer.alloc(length, '>');
  const message = new Uint8Array();
  const push = { what: 'message', kind: 'channel', name: 'a', channel: 'a', message } as const;
  fanOut.deliver(push, frame, () => true);
  return { frame, pushed };
}

describe('a message', () => {
  it('that is long has one copy for all with the same protocol', () => {
    const { frame, pushed } = deliverTo([3, 2, 3, 2], 16_384);
    expect(pushed.map(({ isKept }) => isKept)).toEqual([true, true, true, true]);
    const [push, array, ...others] = pushed.map(({ bytes }) => bytes);
    expect(others[0]).toBe(push);
    expect(others[1]).toBe(array);
    // It is overwritten by what the server says next.
    expect(push!.buffer).not.toBe(frame.buffer);
    expect([push![0], array![0]]).toEqual([0x3e, 0x2a]);
  });

  it('that is short is lent', () => {
    const { frame, pushed } = deliverTo([3, 3], 16_383);
    expect(pushed).toEqual([0, 1].map(() => ({ bytes: frame, isKept: false })));
    expect(pushed[1]!.bytes).toBe(frame);
  });
});
