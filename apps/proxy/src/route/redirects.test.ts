import { describe, expect, it } from 'vitest';
import { Counters } from '../admin/counters.ts';
import { Behind } from '../upstream/behind.ts';
import { PLAIN_CLASS } from '../upstream/connection-class.ts';
import type { LeftOver } from '../upstream/left-overs.ts';
import { readRedirect } from '../upstream/redirect.ts';
import { NO_REQUEST, NO_SINK, type Outgoing } from '../upstream/reply-sink.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import { Redirects } from './redirects.ts';

const SLOT = 7;

/** Two shards, a at port 1 and b at port 2, of which a has the slot; a request of that slot, which a server refuses. */
class World {
  nowMs = 10_000;
  isFull = false;
  closedError: Uint8Array | null = null;
  readonly counters = new Counters();
  /** What became of it. */
  readonly told: string[] = [];
  readonly stale: string[] = [];
  item: LeftOver | null = null;
  request: Outgoing;
  readonly #shards = ['a', 'b'].map((id, i) => this.#shard(id, i + 1));
  readonly #owners = new Map([[SLOT, this.#shards[0]!]]);
  readonly #redirects: Redirects;

  constructor() {
    const onFailure = (_token: number, error: Uint8Array) =>
      this.told.push(Buffer.from(error).toString().trimEnd());
    const sinceUs = (this.nowMs * 1000) | 0;
    this.request = { ...NO_REQUEST, sink: { ...NO_SINK, onFailure }, slot: SLOT, sinceUs };
    this.#redirects = new Redirects({
      counters: this.counters,
      monotonicMs: () => this.nowMs,
      limits: { holdQueueMs: 2500 },
      closedError: () => this.closedError,
      shards: () => this.#shards,
      ownerOf: (slot) => this.#owners.get(slot),
      move: (slot, to, from) => {
        this.#owners.set(slot, to);
        this.told.push(`slot ${slot} moves from ${from.id} to ${to.id}`);
      },
      onStale: (because) => this.stale.push(because),
      enqueue: (shard, item) => {
        this.item = item;
        const waitMs = Math.max(0, item.refused!.notBeforeMs - this.nowMs);
        const how = item.refused!.asks ? ' asking' : '';
        this.told.push(`to ${shard.id}${how}${waitMs === 0 ? '' : ` in ${waitMs} ms`}`);
      },
    });
  }

  /** What is told of it then. */
  refuse(by: 'a' | 'b', error: string): string[] {
    this.told.length = 0;
    const from = this.#shards.find(({ id }) => id === by)!;
    const bytes = Buffer.from(`-${error}\r\n`);
    const redirect = readRedirect(bytes, 0, bytes.length)!;
    const identity = { host: '10.0.0.1', port: 1, connectionClass: PLAIN_CLASS };
    const connection = { identity } as unknown as UpstreamConnection;
    const behind = new Behind();
    this.#redirects.onRefused(from, connection, { request: this.request, redirect, error: bytes, behind });
    return this.told;
  }

  #shard(id: string, port: number): ShardUpstream {
    const target = { id, host: '10.0.0.1', port, runId: '' };
    return { id, target, hasRoomFor: () => !this.isFull, owing: () => [], hasLeftOverOf: () => false } as unknown as ShardUpstream;
  }
} // prettier-ignore

describe('a refused request', () => {
  it.each([
    ['MOVED to a node that is known', 'MOVED 7 10.0.0.1:2', ['slot 7 moves from a to b', 'to b'], ['MOVED']],
    ['MOVED with the host of who says it', 'MOVED 7 :2', ['slot 7 moves from a to b', 'to b'], ['MOVED']],
    ['MOVED to where it is known to be', 'MOVED 7 10.0.0.1:1', ['to a'], ['MOVED']],
    ['MOVED to a node that is not known', 'MOVED 7 10.0.0.9:2', ['to a in 50 ms'], ['MOVED']],
    ['ASK of a node that is known', 'ASK 7 10.0.0.1:2', ['to b asking'], []],
    ['ASK of a node that is not known', 'ASK 7 10.0.0.9:2', ['to a in 50 ms'], ['ASK']],
    ['TRYAGAIN', 'TRYAGAIN Multiple keys request during rehashing of slot', ['to a in 50 ms'], []],
    ['CLUSTERDOWN', 'CLUSTERDOWN The cluster is down', ['to a in 50 ms'], ['CLUSTERDOWN']],
    ['LOADING', 'LOADING Redis is loading the dataset in memory', ['to a in 50 ms'], ['LOADING']],
  ])('goes on after %s', (...[, error, told, stale]) => {
    const world = new World();
    expect([world.refuse('a', error), world.stale]).toEqual([told, stale]);
  }); // prettier-ignore

  it('is counted by what it was told', () => {
    const world = new World();
    for (const error of ['MOVED 7 10.0.0.1:2', 'ASK 7 10.0.0.1:1', 'ASK 7 10.0.0.1:2', 'LOADING x'])
      world.refuse('a', error);
    const { redirectsMoved, redirectsAsk, redirectsLater } = world.counters;
    expect([redirectsMoved, redirectsAsk, redirectsLater]).toEqual([1, 2, 1]);
  });

  it('ends when nodes name each other, after some times', () => {
    const world = new World();
    let count = 0;
    for (; !world.told.some((text) => text.startsWith('-')); count++) {
      world.refuse(count % 2 === 0 ? 'a' : 'b', `MOVED 7 10.0.0.1:${2 - (count % 2)}`);
      // As if no time passed but what it was told to wait.
      world.nowMs = Math.max(world.nowMs, world.item!.refused!.notBeforeMs);
    }
    expect(count).toBeLessThanOrEqual(17);
    expect(world.told.at(-1)).toMatch(/^-TRYAGAIN The nodes of the cluster do not agree/);
  });

  it('ends when its time is over, in the words of the server', () => {
    const world = new World();
    expect(world.refuse('a', 'CLUSTERDOWN The cluster is down')).toEqual(['to a in 50 ms']);
    expect(world.item!.deadlineMs).toBe(12_500);
    world.nowMs += 2400;
    expect(world.refuse('a', 'CLUSTERDOWN The cluster is down')).toEqual(['to a in 100 ms']);
    expect(world.item!.deadlineMs).toBe(12_500);
    world.nowMs += 100;
    expect(world.refuse('a', 'CLUSTERDOWN The cluster is down')).toEqual(['-CLUSTERDOWN The cluster is down']);
  }); // prettier-ignore

  it('has its time from the first refusal, however long it was in flight before', () => {
    const world = new World();
    world.nowMs += 60_000;
    expect(world.refuse('a', 'LOADING x')).toEqual(['to a in 50 ms']);
    expect(world.item!.deadlineMs).toBe(world.nowMs + 2500);
  });

  it('ends where too many wait, and where nothing is served', () => {
    const full = new World();
    full.isFull = true;
    expect(full.refuse('a', 'LOADING x')[0]).toMatch(/^-TRYAGAIN The cluster is changing/);
    const closed = new World();
    closed.closedError = Buffer.from('-CLUSTERDOWN closed');
    expect(closed.refuse('a', 'LOADING x')).toEqual(['-CLUSTERDOWN closed']);
  });
});
