/** Nodes that the test makes up: what each of them answers, by its address; who is not there is silent. */
import { createLogger } from '@keyfleet/runtime';
import type { Topology } from '@keyfleet/topology';
import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.ts';
import type { Heard } from './ask-node.ts';
import { ClusterFollower } from './cluster-follower.ts';

const REFRESH_MS = 10_000;
const TIMEOUT_MS = 4000;

let clock: VirtualClock;
let nodes: Map<string, Heard | Error | 'silent'>;
let seeds: string[];
let applied: Topology[];
let asked: string[];
/** How much was applied whenever seeds were taken. */
let appliedBefore: number[];
let follower: ClusterFollower;

const never = new Promise<never>(() => undefined);

function ask(host: string): Promise<Heard> {
  asked.push(host);
  const answer = nodes.get(host) ?? new Error('refused');
  if (answer === 'silent')
    return Promise.race([
      never,
      clock.sleep(TIMEOUT_MS).then(() => Promise.reject(new Error('late'))),
    ]);
  return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
}

/** What `me` says: whose shards there are, one node each, in the order of their slots. */
function says(me: string, owners: string, standing: Heard['standing'] = null): Heard {
  const size = Math.ceil(16_384 / owners.length);
  return {
    nodeId: me,
    standing,
    view: Array.from(owners, (id, i) => ({
      slots: `${i * size}-${Math.min((i + 1) * size, 16_384) - 1}`,
      primary: { id, host: id, port: 1, isHealthy: true },
      replicas: [],
    })),
  };
}

/** All of them say this from now on. */
function agreeOn(owners: string): void {
  for (const id of owners) nodes.set(id, says(id, owners));
}

/** Of the topology in force, in the order of slots. */
function owners(): string {
  const shards = applied.at(-1)?.shards ?? [];
  const inOrder = shards.toSorted((a, b) => parseInt(a.slots) - parseInt(b.slots));
  return inOrder.map(({ primary }) => primary!.id).join('');
}

beforeEach(() => {
  clock = new VirtualClock();
  nodes = new Map();
  seeds = ['a'];
  applied = [];
  asked = [];
  appliedBefore = [];
  follower = new ClusterFollower({
    ...{ cluster: 'c', refreshMs: () => REFRESH_MS, refreshTimeoutMs: () => TIMEOUT_MS, clock },
    log: createLogger('test', 'silent'),
    findSeeds: () => Promise.resolve(seeds.map((host) => ({ host, port: 1 }))),
    onSeedsTaken: () => appliedBefore.push(applied.length),
    ask: ({ host }) => ask(host),
    apply: (topology) => applied.push(topology),
  });
});

describe('a follower', () => {
  it('finds the cluster by its seeds, and asks the nodes that these told of', async () => {
    agreeOn('abc');
    follower.start();
    await clock.advance(0);
    expect(owners()).toBe('abc');
    nodes.delete('a');
    seeds = [];
    for (const id of 'bc') nodes.set(id, says(id, 'bcd'));
    await clock.advance(2 * REFRESH_MS);
    expect(owners()).toBe('bcd');
    expect(applied.map(({ version }) => version)).toEqual([1, 2]);
  });

  it('asks again and again until there is a cluster', async () => {
    follower.start();
    await clock.advance(30_000);
    nodes.set('a', { ...says('a', 'a'), view: [] });
    await clock.advance(30_000);
    expect(applied).toEqual([]);
    agreeOn('abc');
    await clock.advance(2000);
    expect(owners()).toBe('abc');
  });

  it('looks at once when it is told that something changed, and not too often', async () => {
    agreeOn('abc');
    follower.start();
    await clock.advance(2 * REFRESH_MS);
    agreeOn('abd');
    follower.refresh();
    await clock.advance(0);
    expect(owners()).toBe('abd');
    asked = [];
    for (let i = 0; i < 1000; i++) {
      follower.refresh();
      await clock.advance(1);
    }
    expect(asked.length / 3).toBeGreaterThan(4);
    expect(asked.length / 3).toBeLessThan(12);
  });

  it('does not wait for a node that is silent', async () => {
    agreeOn('abc');
    follower.start();
    await clock.advance(2 * REFRESH_MS);
    agreeOn('abd');
    nodes.set('c', 'silent');
    nodes.set('a', 'silent');
    follower.refresh();
    await clock.advance(1100);
    expect(owners()).toBe('abd');
  });

  it('does not take a stranger at the address of a node for that node', async () => {
    agreeOn('abc');
    follower.start();
    await clock.advance(2 * REFRESH_MS);
    for (const id of 'abc') nodes.set(id, { ...says('z', 'zyx'), nodeId: id === 'a' ? null : 'z' });
    seeds = [];
    await clock.advance(2 * REFRESH_MS);
    expect(owners()).toBe('abc');
  });

  it('believes seeds when no node that it knows answers', async () => {
    agreeOn('abc');
    follower.start();
    await clock.advance(2 * REFRESH_MS);
    nodes.clear();
    seeds = ['z'];
    agreeOn('zyx');
    await clock.advance(2 * REFRESH_MS);
    expect(owners()).toBe('zyx');
    expect(applied.at(-1)!.shards.map(({ id }) => id)).toEqual(['shard-0', 'shard-1', 'shard-2']);
  });

  it('keeps what it has when the only node that answers is cut off, or was reset', async () => {
    for (const id of 'abc') nodes.set(id, says(id, 'abc', { isOk: true, epoch: 5 }));
    follower.start();
    await clock.advance(2 * REFRESH_MS);
    nodes.clear();
    nodes.set('a', says('a', 'acb', { isOk: false, epoch: 4 }));
    await clock.advance(2 * REFRESH_MS);
    nodes.set('a', { ...says('a', 'a', { isOk: false, epoch: 9 }), view: [] });
    await clock.advance(2 * REFRESH_MS);
    expect(owners()).toBe('abc');
  });

  it('believes the node that knows of a later change, whatever others still say', async () => {
    for (const id of 'abc') nodes.set(id, says(id, 'abc', { isOk: true, epoch: 5 }));
    follower.start();
    await clock.advance(2 * REFRESH_MS);
    nodes.set('b', says('b', 'acb', { isOk: true, epoch: 6 }));
    await clock.advance(2 * REFRESH_MS);
    expect(owners()).toBe('acb');
  });

  it('goes over to the cluster of other seeds, once these have one, though the former answers', async () => {
    for (const id of 'abc') nodes.set(id, says(id, 'abc', { isOk: true, epoch: 9 }));
    follower.start();
    await clock.advance(2 * REFRESH_MS);
    seeds = ['z'];
    follower.changeSeeds();
    await clock.advance(2 * REFRESH_MS);
    nodes.set('z', says('z', 'z', { isOk: false, epoch: 1 }));
    await clock.advance(2 * REFRESH_MS);
    expect(owners()).toBe('abc');
    for (const id of 'zyx') nodes.set(id, says(id, 'zyx', { isOk: true, epoch: 1 }));
    await clock.advance(2 * REFRESH_MS);
    expect(owners()).toBe('zyx');
    expect(appliedBefore).toEqual([1]);
  });

  it('stays with its cluster when other seeds are of it, and asks them once', async () => {
    agreeOn('abc');
    follower.start();
    await clock.advance(2 * REFRESH_MS);
    seeds = ['s'];
    nodes.set('s', says('s', 'abc'));
    follower.changeSeeds();
    await clock.advance(10 * REFRESH_MS);
    expect(applied).toHaveLength(1);
    expect(asked.filter((host) => host === 's')).toHaveLength(1);
  });

  it('stops at once, though nodes are silent', async () => {
    nodes.set('a', 'silent');
    follower.start();
    await clock.advance(0);
    await follower.stop();
    agreeOn('abc');
    await clock.advance(REFRESH_MS);
    expect(applied).toEqual([]);
  });

  it('begins with the nodes that it remembers', async () => {
    agreeOn('abc');
    follower.start();
    await clock.advance(0);
    const [remembered] = applied;
    await follower.stop();
    const next = new ClusterFollower({
      ...{ cluster: 'c', refreshMs: () => REFRESH_MS, refreshTimeoutMs: () => TIMEOUT_MS, clock },
      log: createLogger('test', 'silent'),
      findSeeds: () => Promise.reject(new Error('no such name')),
      onSeedsTaken: () => undefined,
      ask: ({ host }) => ask(host),
      apply: (topology) => applied.push(topology),
    });
    next.remember(remembered!);
    agreeOn('abd');
    next.start();
    await clock.advance(2 * REFRESH_MS);
    expect(owners()).toBe('abd');
    expect(applied.at(-1)!.version).toBe(2);
  });
});
