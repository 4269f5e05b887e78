import { keySlot } from '@keyfleet/slots';
import { expect, it } from 'vitest';
import type { Routing } from '../route/routing.ts';
import { FakeShard } from '../testing/fake-shard.ts';
import { traitsOf, type UpstreamKind } from '../upstream/upstream-kind.ts';
import { waitMark } from './wait-mark.ts';

const [first, second, empty] = [new FakeShard(), new FakeShard(), new FakeShard()];

function markOf(kind: UpstreamKind, shard: FakeShard): string[] | null {
  const owners = new Int16Array(16384).map((_, slot) => (slot < 9000 ? 0 : 1));
  const routing = { traits: traitsOf(kind), owners, shards: [first, second, empty] };
  const mark = waitMark(routing as unknown as Routing, shard.asShard);
  return mark && mark.map((frame) => Buffer.from(frame).toString());
}

it('is a message, or in a Redis Cluster a key of the shard', () => {
  expect(markOf('topology', second)![0]).toContain('PUBLISH');
  expect(markOf('redis-cluster', empty)).toBeNull();
  const key = /__keyfleet:wait:\{\d+\}/.exec(markOf('redis-cluster', second)![1]!)![0];
  expect(keySlot(Buffer.from(key), 0, key.length)).toBe(9000);
});
