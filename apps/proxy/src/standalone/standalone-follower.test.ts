/** A name whose addresses the test makes up, and what the server at each says. */
import { createLogger } from '@keyfleet/runtime';
import type { Topology } from '@keyfleet/topology';
import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { StandaloneFollower } from './standalone-follower.ts';

let clock: VirtualClock;
let servers: Map<string, { runId: string } | Error>;
let applied: Topology[];
let follower: StandaloneFollower;

const replica = new Error('it is a replica, want a primary');
const shown = () =>
  applied.map(({ version, shards: [shard] }) => {
    return [version, shard!.epoch, shard!.primary!.host, shard!.primary!.runId];
  });

beforeEach(() => {
  clock = new VirtualClock();
  servers = new Map();
  applied = [];
  follower = new StandaloneFollower({
    ...{ cluster: 'c', refreshMs: () => 10_000, clock },
    log: createLogger('test', 'silent'),
    onSeedsTaken: () => undefined,
    findServer: () => Promise.resolve([...servers.keys()].map((host) => ({ host, port: 1 }))),
    ask: ({ host }) => {
      const said = servers.get(host)!;
      return said instanceof Error ? Promise.reject(said) : Promise.resolve(said);
    },
    apply: (topology) => applied.push(topology),
  });
});

describe('a follower of one server', () => {
  it('takes the primary among the addresses of its name', async () => {
    servers.set('a', replica).set('b', { runId: 'r1' });
    follower.start();
    await clock.advance(100);
    expect(shown()).toEqual([[1, 0, 'b', 'r1']]);
    await clock.advance(60_000);
    expect(applied).toHaveLength(1);
  });

  it('waits for one', async () => {
    servers.set('a', replica);
    follower.start();
    await clock.advance(5000);
    expect(applied).toEqual([]);
    servers.set('a', { runId: 'r1' });
    await clock.advance(1000);
    expect(shown()).toEqual([[1, 0, 'a', 'r1']]);
  });

  it('takes another life of it, and another behind its name, for another primary', async () => {
    servers.set('a', { runId: 'r1' });
    follower.start();
    await clock.advance(100);
    servers.set('a', { runId: 'r2' });
    follower.refresh();
    await clock.advance(300);
    servers = new Map([['b', { runId: 'r3' }]]);
    follower.refresh();
    await clock.advance(300);
    expect(shown()).toEqual([
      [1, 0, 'a', 'r1'],
      [2, 1, 'a', 'r2'],
      [3, 2, 'b', 'r3'],
    ]);
  });
});
