import { createLogger } from '@keyfleet/runtime';
import { describe, expect, it } from 'vitest';
import { Counters } from '../admin/counters.ts';
import { Turn } from '../turn.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import { ShardFeed } from './shard-feed.ts';

const IDLE_MS = 5000;

/** A feed of a shard whose connections are what the test says. */
function feedOf() {
  const clock = { nowMs: 0 };
  const connection = { state: 'connecting', pendingCount: 0, lastUsedMs: 0, hasRoom: () => false };
  const shard = {
    id: 's0',
    target: { host: 'h', port: 1, runId: 'r' },
    downError: () => null,
    isReachable: () => false,
    openPrivate: () => connection as unknown as UpstreamConnection,
    closePrivate: () => (connection.state = 'closed'),
  };
  const feed = new ShardFeed(shard as unknown as ShardUpstream, {
    turn: new Turn(
      () => undefined,
      () => 0,
    ),
    monotonicMs: () => clock.nowMs,
    counters: new Counters(),
    log: createLogger('test', 'silent'),
    ...{ pingMs: 1000, idleMs: IDLE_MS },
    isServing: () => true,
    isBySlot: false,
    onMoved: () => undefined,
    onMessage: () => undefined,
    onProgress: () => undefined,
    onInForce: () => undefined,
  });
  const sweepAfter = (ms: number) => feed.sweep((clock.nowMs += ms));
  return { feed, connection, clock, sweepAfter };
}

describe('a feed', () => {
  it('that failed, came back and was not needed any more is no longer away', () => {
    const { feed, connection, clock, sweepAfter } = feedOf();
    feed.want('channel', 'a');
    for (let failure = 0; failure < 3; failure++) {
      feed.sweep(clock.nowMs);
      feed.onLost('refused');
      clock.nowMs += 500;
    }
    expect(feed.isAway(clock.nowMs)).toBe(true);
    sweepAfter(1000);
    connection.state = 'ready';
    feed.unwant('channel', 'a');
    sweepAfter(IDLE_MS);
    expect(connection.state).toBe('closed');
    feed.want('channel', 'b');
    expect(feed.isAway(clock.nowMs)).toBe(false);
    expect(feed.isSettled(clock.nowMs)).toBe(false);
  });
});
