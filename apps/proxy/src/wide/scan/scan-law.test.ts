/**
 * The guarantee of SCAN over a model of a cluster whose slots move, whose shards come, go and fail over while a client
 * scans it through any of its proxies: a key that is there from the first call to the last is returned, and the scan ends.
 */
import { keySlot, SLOT_COUNT } from '@keyfleet/slots';
import type { Topology } from '@keyfleet/topology';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ScanPlanner } from './scan-planner.ts';

const BLOCKS = 8;
const BLOCK_SLOTS = SLOT_COUNT / BLOCKS;
const POSITIONS = 32;
const ORDINALS = 6;
const STABLE_KEYS = 60;

type Server = { life: number; keys: Set<string> };
type Random = (below: number) => number;

class Model {
  readonly servers = new Map<number, Server>();
  /** By block of slots: the ordinal of a shard. */
  readonly owners: number[];
  topology: Topology;
  readonly #random: Random;
  #lives = 0;

  constructor(random: Random) {
    this.#random = random;
    for (const ordinal of [0, 1, 2]) this.#add(ordinal);
    this.owners = Array.from({ length: BLOCKS }, () => random(3));
    this.topology = this.#publish(1);
  }

  put(key: string): void {
    this.servers.get(this.owners[blockOf(key)]!)!.keys.add(key);
  }

  /** Something changes, and is published. */
  change(): void {
    const kind = this.#random(5);
    if (kind === 0) this.#add(this.#random(ORDINALS));
    else if (kind === 1) this.#removeEmpty();
    else if (kind === 2) this.#failOver();
    else this.#move(this.#random(BLOCKS));
    this.topology = this.#publish(this.topology.version + 1);
  }

  /** What a server answers: keys of some positions of its table, and the next position. */
  scan(ordinal: number, from: number, count: number): { keys: string[]; next: number } {
    const server = this.servers.get(ordinal)!;
    const to = from + count;
    const keys = [...server.keys].filter((key) => {
      const at = position(key, server.life);
      return at >= from && at < to;
    });
    return { keys, next: to >= POSITIONS ? 0 : to };
  }

  #add(ordinal: number): void {
    if (!this.servers.has(ordinal)) this.servers.set(ordinal, this.#server(new Set()));
  }

  #server(keys: Set<string>): Server {
    return { life: ++this.#lives, keys };
  }

  #removeEmpty(): void {
    const empty = [...this.servers.keys()].find((ordinal) => !this.owners.includes(ordinal));
    if (empty !== undefined) this.servers.delete(empty);
  }

  #failOver(): void {
    const ordinal = [...this.servers.keys()][this.#random(this.servers.size)]!;
    this.servers.set(ordinal, this.#server(this.servers.get(ordinal)!.keys));
  }

  /** The source keeps what it had, or not: it is trimmed at some time. */
  #move(block: number): void {
    const from = this.servers.get(this.owners[block]!)!;
    const to = [...this.servers.keys()][this.#random(this.servers.size)]!;
    const moved = [...from.keys].filter((key) => blockOf(key) === block);
    const isTrimmed = this.#random(2) === 0;
    this.owners[block] = to;
    if (isTrimmed) for (const key of moved) from.keys.delete(key);
    for (const key of moved) this.servers.get(to)!.keys.add(key);
  }

  #publish(version: number): Topology {
    const shards = [...this.servers].map(([ordinal, { life }]) => ({
      id: `shard-${ordinal}`,
      slots: this.owners
        .flatMap((owner, block) => (owner === ordinal ? [slotsOfBlock(block)] : []))
        .join(),
      epoch: life,
      primary: { id: `shard-${ordinal}-0`, host: 'h', port: 1, runId: `life${life}` },
      replicas: [],
    }));
    return { cluster: 'default', version, shards, holds: [] };
  }
}

function slotsOfBlock(block: number): string {
  return `${block * BLOCK_SLOTS}-${(block + 1) * BLOCK_SLOTS - 1}`;
}

function slotOf(key: string): number {
  return keySlot(Buffer.from(key), 0, key.length);
}

function blockOf(key: string): number {
  return Math.floor(slotOf(key) / BLOCK_SLOTS);
}

/** Another life has other positions. */
function position(key: string, life: number): number {
  let hash = life * 2654435761;
  for (const char of key) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619);
  return (hash >>> 8) % POSITIONS;
}

function seeded(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Setup = { seed: number; changes: number; proxies: number; slot: number | null };

/** All that one scan returns, while `changes` changes happen between its calls. */
function scanOnce({ seed, changes, proxies, slot }: Setup, keys: readonly string[]): Set<string> {
  const random = seeded(seed);
  const model = new Model(random);
  for (const key of keys) model.put(key);
  const planners = Array.from({ length: proxies }, () => new ScanPlanner());
  const found = new Set<string>();
  let changesLeft = changes;
  let cursor = 0n;
  for (let calls = 0; calls === 0 || cursor !== 0n; calls++) {
    expect(calls).toBeLessThan(ORDINALS * POSITIONS * (changes + 2));
    const planner = planners[random(proxies)]!;
    const step = planner.plan(cursor, slot, model.topology);
    if (step === null) break;
    const ordinal = Number(step.shardId.slice('shard-'.length));
    const answer = model.scan(ordinal, Number(step.at.node), 1 + random(POSITIONS));
    for (const key of answer.keys) if (model.owners[blockOf(key)] === ordinal) found.add(key);
    cursor = planner.next(step, BigInt(answer.next), slot)!;
    while (changesLeft > 0 && random(2) === 0) {
      model.change();
      changesLeft--;
    }
  }
  return found;
}

const setups = {
  seed: fc.nat(),
  changes: fc.nat({ max: 30 }),
  proxies: fc.integer({ min: 1, max: 3 }),
};

it('returns every key that is there all the time, and ends', () => {
  const keys = Array.from({ length: STABLE_KEYS }, (_, i) => `key:${i}`);
  fc.assert(
    fc.property(fc.record({ ...setups, slot: fc.constant(null) }), (setup) => {
      expect(scanOnce(setup, keys).size).toBe(STABLE_KEYS);
    }),
    { numRuns: 2000 },
  );
});

it('of one slot returns every key of the slot', () => {
  const keys = Array.from({ length: STABLE_KEYS }, (_, i) => `{tag}${i}`);
  fc.assert(
    fc.property(fc.record({ ...setups, slot: fc.constant(slotOf('{tag}')) }), (setup) => {
      expect(scanOnce(setup, keys).size).toBe(STABLE_KEYS);
    }),
    { numRuns: 500 },
  );
});
