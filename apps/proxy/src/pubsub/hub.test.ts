import { keySlot } from '@keyfleet/slots';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Hub, type Feed, type Topic } from './hub.ts';
import { KINDS, type Kind } from './kind.ts';
import type { ChannelScope } from './place.ts';
import { SharedHome } from './shared-home.ts';

/** Keeps what is wanted of it. */
class Wanted implements Feed {
  readonly names = new Set<string>();
  isClosed = false;
  isGone = false;

  want(kind: Kind, name: string): void {
    this.names.add(`${kind} ${name}`);
  }

  unwant(kind: Kind, name: string): void {
    this.names.delete(`${kind} ${name}`);
  }

  isInForce(kind: Kind, name: string): boolean {
    return this.names.has(`${kind} ${name}`);
  }

  isAway(): boolean {
    return this.isGone;
  }

  isOut(): boolean {
    return this.isGone;
  }

  close(): void {
    this.isClosed = true;
  }
}

const GRACE_MS = 100;
const hubOf = (scope: ChannelScope = 'home', shared: SharedHome | null = null) =>
  new Hub<string, Wanted>({ scope, shared, graceMs: GRACE_MS, openFeed: () => new Wanted() });
const slotOf = (name: string) => keySlot(Buffer.from(name), 0, name.length);
/** All names at the first shard, but for those given. */
const homes =
  (first: string, others: Record<string, string> = {}) =>
  (slot: number) =>
    Object.entries(others).find(([name]) => slotOf(name) === slot)?.[1] ?? first;
const wantedOf = (hub: Hub<string, Wanted>) =>
  Object.fromEntries([...hub.feeds].map(([shard, feed]) => [shard, [...feed.names].sort()]));

describe('the hub', () => {
  it('wants a name where it lives, once for all who hold it', () => {
    const hub = hubOf();
    hub.place(['s0', 's1'], homes('s0', { b: 's1' }), 0);
    const first = hub.enter('channel', 'a');
    expect(hub.enter('channel', 'a')).toBe(first);
    hub.enter('channel', 'b');
    hub.enter('shardChannel', 'b');
    expect(wantedOf(hub)).toEqual({
      s0: ['channel a'],
      s1: ['channel b', 'shardChannel b'],
    });
    hub.leave(first);
    expect(hub.find('channel', 'a')).toBe(first);
    hub.leave(first);
    expect(hub.find('channel', 'a')).toBeUndefined();
    expect(wantedOf(hub)['s0']).toEqual([]);
  });

  it('wants patterns, notifications and, by default, channels at every shard, also at new ones', () => {
    const hub = hubOf('all');
    hub.place(['s0'], homes('s0'), 0);
    hub.enter('pattern', 'p*');
    hub.enter('channel', '__keyevent@0__:del');
    hub.enter('channel', 'c');
    const all = ['channel __keyevent@0__:del', 'channel c', 'pattern p*'];
    hub.place(['s0', 's1'], homes('s1'), 0);
    expect(wantedOf(hub)).toEqual({ s0: all, s1: all });
  });

  it('wants a name whose slot moved at both homes, until the grace is over', () => {
    const hub = hubOf();
    hub.place(['s0', 's1'], homes('s0'), 0);
    hub.enter('channel', 'a');
    hub.place(['s0', 's1'], homes('s1'), 10);
    expect(wantedOf(hub)).toEqual({ s0: ['channel a'], s1: ['channel a'] });
    hub.sweep(10 + GRACE_MS - 1);
    expect(wantedOf(hub)['s0']).toEqual(['channel a']);
    hub.sweep(10 + GRACE_MS);
    expect(wantedOf(hub)).toEqual({ s0: [], s1: ['channel a'] });
  });

  it('lets go of both homes when the last holder leaves', () => {
    const hub = hubOf();
    hub.place(['s0', 's1'], homes('s0'), 0);
    const topic = hub.enter('channel', 'a');
    hub.place(['s0', 's1'], homes('s1'), 10);
    hub.leave(topic);
    expect(wantedOf(hub)).toEqual({ s0: [], s1: [] });
  });

  it('closes the feed of a shard that is gone', () => {
    const hub = hubOf();
    hub.place(['s0', 's1'], homes('s1'), 0);
    const gone = hub.feeds.get('s1')!;
    hub.enter('channel', 'a');
    hub.place(['s0'], homes('s0'), 0);
    expect(gone.isClosed).toBe(true);
    expect(wantedOf(hub)).toEqual({ s0: ['channel a'] });
  });

  it('has nothing in force where nobody serves the slot', () => {
    const hub = hubOf();
    hub.place(['s0'], () => null, 0);
    expect(hub.isInForce(hub.enter('channel', 'a'))).toBe(false);
    hub.place(['s0'], homes('s0'), 0);
    expect(hub.isInForce(hub.find('channel', 'a')!)).toBe(true);
  });

  it('keeps all shared names at one shard, and there as long as that is not away', () => {
    const hub = hubOf('all', new SharedHome(1));
    hub.place(['s0', 's1'], homes('s1', { a: 's0' }), 0);
    for (const name of ['a', 'b', '__keyevent@0__:del']) hub.enter('channel', name);
    for (const name of ['news.*', '*', '__key*']) hub.enter('pattern', name);
    const everywhere = ['channel __keyevent@0__:del', 'pattern *', 'pattern __key*'];
    const shared = ['channel a', 'channel b', 'pattern news.*'];
    expect(wantedOf(hub)).toEqual({ s0: everywhere, s1: [...shared, ...everywhere].sort() });
    expect(hub.sharedSlot()).not.toBe(slotOf('a'));
    hub.place(['s0', 's1'], homes('s0', { b: 's1' }), 1);
    expect(wantedOf(hub)['s1']).toContain('channel a');
    expect(hub.sharedSlot()).toBe(slotOf('b'));
    hub.feeds.get('s1')!.isGone = true;
    expect(hub.sharedSlot()).toBe(0);
    expect(wantedOf(hub)).toEqual({ s0: [...shared, ...everywhere].sort(), s1: everywhere });
    hub.feeds.get('s1')!.isGone = false;
    hub.sweep(3);
    expect(hub.sharedHome).toBe('s0');
    hub.place(['s0', 's1'], homes('s1'), 4);
    expect(hub.sharedHome).toBe('s1');
    hub.feeds.get('s1')!.isGone = true;
    hub.place(['s1'], homes('s1'), 5);
    expect(wantedOf(hub)).toEqual({ s1: [...shared, ...everywhere].sort() });
  });

  it('whatever happens: every name that somebody holds is wanted where it lives, and no other for longer than the grace', () => {
    fc.assert(
      fc.property(anyHub, fc.array(anyStep, { maxLength: 80 }), (hub, steps) => {
        const world = new World(hub());
        for (const step of steps) {
          world.take(step);
          expect(world.faults()).toEqual([]);
        }
        world.take({ what: 'sweep', forMs: GRACE_MS });
        expect(wantedOf(world.hub)).toEqual(world.exactlyWanted());
      }),
    );
  });
});

const anyHub = fc.oneof(
  fc.constantFrom<ChannelScope>('home', 'all').map((scope) => () => hubOf(scope)),
  fc.nat(5).map((seed) => () => hubOf('all', new SharedHome(seed))),
);
const anyStep = fc.oneof(
  fc.record({
    what: fc.constantFrom('enter' as const, 'leave' as const),
    kind: fc.constantFrom(...KINDS),
    name: fc.constantFrom('a', 'b', 'c', '__keyspace@0__:a'),
  }),
  fc.record({
    what: fc.constant('place' as const),
    shards: fc.subarray(['s0', 's1', 's2']),
    seed: fc.nat(20),
  }),
  fc.record({ what: fc.constant('sweep' as const), forMs: fc.nat(2 * GRACE_MS) }),
  fc.record({ what: fc.constantFrom('lose' as const, 'find' as const), shard: fc.nat(2) }),
);
type Step = typeof anyStep extends fc.Arbitrary<infer S> ? S : never;

/** A hub, and what its clients hold. */
class World {
  readonly hub: Hub<string, Wanted>;
  readonly #held: Topic<string>[] = [];
  #nowMs = 0;

  constructor(hub: Hub<string, Wanted>) {
    this.hub = hub;
  }

  take(step: Step): void {
    const { hub } = this;
    switch (step.what) {
      case 'enter':
        this.#held.push(hub.enter(step.kind, step.name));
        break;
      case 'leave':
        this.#leave(step.kind, step.name);
        break;
      case 'place':
        // One slot in four, or more, is served by nobody.
        hub.place(step.shards, (slot) => step.shards[(slot + step.seed) % 4] ?? null, this.#nowMs);
        break;
      case 'sweep':
        hub.sweep((this.#nowMs += step.forMs));
        break;
      default: {
        const feed = hub.feeds.get(`s${step.shard}`);
        if (feed !== undefined) feed.isGone = step.what === 'lose';
      }
    }
  }

  /** Names that somebody holds, and that are not known, or not wanted where they live. */
  faults(): string[] {
    const { hub } = this;
    return this.#held
      .filter((topic) => {
        const isWanted = hub.isInForce(topic) === hub.feedsOf(topic).length > 0;
        return hub.find(topic.kind, topic.name) !== topic || !isWanted;
      })
      .map(({ name }) => name);
  }

  exactlyWanted(): Record<string, string[]> {
    const of = (feed: Wanted) =>
      this.#held
        .filter((topic) => this.hub.feedsOf(topic).includes(feed))
        .map(({ kind, name }) => `${kind} ${name}`);
    return Object.fromEntries(
      [...this.hub.feeds].map(([shard, feed]) => [shard, [...new Set(of(feed))].sort()]),
    );
  }

  #leave(kind: Kind, name: string): void {
    const at = this.#held.findIndex((topic) => topic.kind === kind && topic.name === name);
    if (at !== -1) this.hub.leave(this.#held.splice(at, 1)[0]!);
  }
}
