/**
 * Where a slot's commands go, and whether they may go now: the topology as the hot path reads it.
 *
 * **Invariant:** every command of a client passes `gates` before it is sent. The gate of a slot is open, held for
 * writes, or held for all, or its slot moves; `closedError` closes all of them, while there is no lease or no current topology.
 */
import { SLOT_COUNT } from '@keyfleet/slots';
import { slotOwners, slotsOf, type Hold, type Topology } from '@keyfleet/topology';
import type { ConnectionClass } from '../upstream/connection-class.ts';
import type { LeftOver } from '../upstream/left-overs.ts';
import type { ShardEnv } from '../upstream/shard-env.ts';
import { ShardUpstream } from '../upstream/shard-upstream.ts';
import { NOBODY_LISTENS, type TrackedListener } from '../upstream/tracked-listener.ts';
import { SEVERAL_SLOTS, type Outgoing } from '../upstream/reply-sink.ts';
import type { UpstreamTraits } from '../upstream/upstream-kind.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import { MovingSlots } from './moving-slots.ts';
import { delayMsOf, Redirects, type Way } from './redirects.ts';
import { errors } from './replies.ts';
import { slotsOfRequest } from './slots-of-request.ts';

/** `moves`: open to clients that wait for no reply (moving-slots.ts). */
export const GATE = { open: 0, holdsWrites: 1, holdsAll: 2, moves: 3 } as const;

/** Whose shard takes what has no keys and goes to one shard. */
export const KEYLESS_SLOT = 0;

export type RoutingEnv = Omit<ShardEnv, 'onReady' | 'resend' | 'tracked' | 'onRefused'> & {
  sleep: (ms: number) => Promise<void>;
};

/** Parts of the proxy that do something of their own when the topology changes, and now and then. */
export interface RoutingFollower {
  /** The topology is in force. Resolves when this part is ready for it to be acknowledged. */
  onApplied(): Promise<void>;
  onSwept(nowMs: number): void;
  /** Nothing is served from now on: what is outstanding is unknown. */
  onClosed?(): void;
}

export class Routing {
  readonly followers: RoutingFollower[] = [];
  tracked: TrackedListener = NOBODY_LISTENS;
  owners: Int16Array = new Int16Array(SLOT_COUNT).fill(-1);
  gates: Uint8Array = new Uint8Array(SLOT_COUNT);
  /** By the index of a shard: the hardest gate of its slots. */
  shardGates: Uint8Array = new Uint8Array();
  shards: ShardUpstream[] = [];
  topology: Topology | null = null;
  /** Non-null: nothing is served, every command with keys gets this answer. */
  closedError: Uint8Array | null = errors.noTopology;

  /** Shards that are no more, and whose servers still owe replies. */
  readonly #gone = new Set<ShardUpstream>();
  readonly #stirred = new Set<ShardUpstream>();
  readonly #stir = {
    queued: false,
    runTurn: (): void => {
      const stirred = [...this.#stirred];
      this.#stirred.clear();
      for (const shard of stirred) this.#goOn(shard);
    },
  };
  #retries: { readonly atMs: number; readonly run: () => void }[] = [];
  readonly #moving = new MovingSlots();
  readonly #redirects: Redirects;
  readonly #env: RoutingEnv;
  readonly #shardEnv: ShardEnv;

  /** What the servers behind it can, and what they want. */
  get traits(): UpstreamTraits {
    return this.#env.traits;
  }

  /** The topology is out of date: a server says, or shows, so. */
  noteStale(because: string): void {
    this.#env.onStale(because);
  }

  constructor(env: RoutingEnv) {
    this.#env = env;
    this.#redirects = new Redirects({
      ...env,
      limits: env.shardLimits,
      closedError: () => this.closedError,
      shards: () => this.shards,
      ownerOf: (slot) => this.shards[this.owners[slot]!],
      move: (slot, to, from) => this.#moveSlot(slot, to, from),
      enqueue: (shard, item) => this.#enqueue(shard, item),
    });
    this.#shardEnv = {
      ...env,
      onReady: (shard) => this.#goOn(shard),
      resend: (request, connectionClass) => this.resend(request, connectionClass),
      onRefused: (...refused) => this.#redirects.onRefused(...refused),
      tracked: () => this.tracked,
    };
  }

  /**
   * Takes a newer topology into force at once. Resolves when what it holds is settled: drained or cut. Only then may
   * the version be acknowledged.
   */
  async apply(topology: Topology): Promise<void> {
    const former = this.topology;
    const { owners: formerOwners, shards: formerShards } = this;
    const known = new Map(this.shards.map((shard) => [shard.id, shard]));
    this.topology = topology;
    this.shards = topology.shards.map(
      ({ id }) => known.get(id) ?? new ShardUpstream(id, this.#shardEnv),
    );
    this.owners = slotOwners(topology);
    this.gates = gatesOf(topology);
    this.shardGates = shardGatesOf(this.owners, this.gates, topology.shards.length);
    topology.shards.forEach(({ primary }, index) => this.shards[index]!.retarget(primary));
    if (this.traits.redirects) this.#noteMoves(formerShards, formerOwners);

    const kept = new Set(this.shards);
    for (const gone of [...known.values()].filter((shard) => !kept.has(shard)))
      this.#dissolve(gone);
    const settled = this.#settleHolds(former, topology);
    // All are routed anew before any is sent: one may find itself behind another of its client.
    for (const shard of this.shards) this.#reroute(shard);
    for (const shard of this.shards) this.#goOn(shard);
    await Promise.all([settled, ...this.followers.map((follower) => follower.onApplied())]);
  }

  /** Nothing is served until `open`. With a lapsed lease everything outstanding is answered as unknown. */
  close(error: Uint8Array): void {
    this.closedError = error;
    for (const shard of [...this.shards, ...this.#gone]) {
      shard.retireAll('the lease lapsed', false);
      for (const { request } of shard.takeLeftOvers()) {
        request.sink.onFailure(request.token, error);
      }
      shard.parking.failAll(error);
    }
    for (const follower of this.followers) follower.onClosed?.();
  }

  open(): void {
    this.closedError = null;
    for (const shard of this.shards) this.#goOn(shard);
  }

  sweep(nowMs: number): void {
    for (const shard of this.shards) {
      shard.sweep(nowMs);
      if (shard.isDue(nowMs)) this.#goOn(shard);
    }
    for (const shard of this.#gone) this.#sweepGone(shard, nowMs);
    const due = this.#retries.filter(({ atMs }) => atMs <= nowMs);
    this.#retries = this.#retries.filter(({ atMs }) => atMs > nowMs);
    for (const { run } of due) run();
    for (const follower of this.followers) follower.onSwept(nowMs);
  }

  /**
   * For what a server could not do just now and nothing keeps: `run` is called after a while that grows with the number of
   * `times`. False: it waited since `sinceMs`, and that is long enough.
   */
  retryLater(times: number, sinceMs: number, run: () => void): boolean {
    const nowMs = this.#env.monotonicMs();
    if (nowMs - sinceMs >= this.#env.shardLimits.holdQueueMs) return false;
    this.#retries.push({ atMs: nowMs + delayMsOf(times), run });
    return true;
  }

  /** Where a request goes that its sender has on a connection of his own, and that was refused there. */
  wayOf(...refused: Parameters<Redirects['wayOf']>): Way {
    return this.#redirects.wayOf(...refused);
  }

  /** Whether keys of both slots may be in one command, or one transaction: then it goes to the owner of either. */
  goTogether(slot: number, other: number): boolean {
    return slot === other || this.traits.isOneServer;
  }

  mayPass(slot: number, isWrite: boolean): boolean {
    const gate = this.gates[slot];
    return gate === GATE.open || (gate === GATE.holdsWrites && !isWrite);
  }

  /** What the server of the slot says to everybody while it runs a script for too long; else null. */
  busyError(slot: number): Uint8Array | null {
    return this.shards[this.owners[slot]!]?.busyError ?? null;
  }

  #goOn(shard: ShardUpstream): void {
    if (this.closedError === null) shard.goOn((request) => this.#mayGo(request));
  }

  /** Sends a request that was in flight until now to whoever owns its slot: its time starts anew. */
  resend(request: Outgoing, connectionClass: ConnectionClass): void {
    const { monotonicMs, shardLimits } = this.#env;
    const deadlineMs = monotonicMs() + shardLimits.holdQueueMs;
    this.#resend({ request, connectionClass, deadlineMs });
  }

  #resend(item: LeftOver): void {
    const { request } = item;
    const shard = this.shards[this.#ownerOf(request)];
    const error = this.closedError ?? (shard === undefined ? errors.slotNotServed : null);
    if (error !== null) request.sink.onFailure(request.token, error);
    else this.#enqueue(shard!, item);
  }

  /** Behind what waits of the same client and slot, wherever that is: what is left over of both is in one place. */
  #enqueue(wanted: ShardUpstream, item: LeftOver): void {
    const { sink, slot } = item.request;
    const shard = this.shards.find((other) => other.hasLeftOverOf(sink.owner, slot)) ?? wanted;
    // It was not this one that a node said would take it.
    const isElsewhere = shard !== wanted && item.refused !== undefined;
    shard.enqueue(isElsewhere ? { ...item, refused: { ...item.refused, asks: false } } : item);
    this.#goOnSoon(shard);
  }

  /** A server said so: the topology will say so later. */
  #moveSlot(slot: number, to: ShardUpstream, from: ShardUpstream): void {
    const former = this.shards[this.owners[slot]!];
    this.owners[slot] = this.shards.indexOf(to);
    for (const shard of this.shards)
      for (const item of shard.takeLeftOversOf(slot)) this.#resend(routedAnew(item, false));
    // The slot may have moved on since it was at the one that says so.
    const both = former === undefined ? [from] : new Set([from, former]);
    this.#move(
      [slot],
      [...both].flatMap((shard) => shard.owing()),
    );
  }

  /** What a newer topology moved: from one shard to another, or from one primary to another. */
  #noteMoves(formerShards: readonly ShardUpstream[], formerOwners: Int16Array): void {
    formerShards.forEach((from, index) => {
      const slots: number[] = [];
      formerOwners.forEach((owner, slot) => {
        const isMoved = this.shards[this.owners[slot]!] !== from || from.isLeaving;
        if (owner === index && isMoved) slots.push(slot);
      });
      if (slots.length > 0) this.#move(slots, from.owing());
    });
    this.gates.forEach((gate, slot) => {
      if (gate === GATE.open && this.#moving.has(slot)) this.gates[slot] = GATE.moves;
    });
  }

  #move(slots: readonly number[], owing: readonly UpstreamConnection[]): void {
    this.#moving.begin(slots, owing, (over) => {
      for (const slot of over) if (this.gates[slot] === GATE.moves) this.gates[slot] = GATE.open;
      for (const shard of this.shards) this.#goOnSoon(shard);
    });
    for (const slot of slots)
      if (this.#moving.has(slot) && this.gates[slot] === GATE.open) this.gates[slot] = GATE.moves;
  }

  #mayGo(request: Outgoing): boolean {
    const { slot, isWrite } = request;
    if (slot !== SEVERAL_SLOTS) return this.mayPass(slot, isWrite);
    return slotsOfRequest(request).every((each) => this.mayPass(each, isWrite));
  }

  /** -1: nobody. Several slots may have got several owners since it was made. */
  #ownerOf(request: Outgoing): number {
    if (request.slot !== SEVERAL_SLOTS) return this.owners[request.slot]!;
    const owners = new Set(slotsOfRequest(request).map((slot) => this.owners[slot]!));
    return owners.size === 1 ? [...owners][0]! : -1;
  }

  /** The shard may be ready: then nothing else would move what was just given to it. */
  #goOnSoon(shard: ShardUpstream): void {
    this.#stirred.add(shard);
    this.#env.turn.soon(this.#stir);
  }

  #reroute(shard: ShardUpstream): void {
    for (const item of shard.takeLeftOvers()) this.#resend(routedAnew(item, true));
  }

  #dissolve(shard: ShardUpstream): void {
    shard.retarget(null);
    this.#reroute(shard);
    shard.parking.wakeAll();
    if (shard.isLeaving) this.#gone.add(shard);
  }

  /** What it refused since goes to whoever has its slot now. */
  #sweepGone(shard: ShardUpstream, nowMs: number): void {
    shard.sweep(nowMs);
    this.#reroute(shard);
    if (!shard.isLeaving) this.#gone.delete(shard);
  }

  async #settleHolds(former: Topology | null, topology: Topology): Promise<void> {
    // One that keeps its id and holds more, or harder, is settled anew.
    const before = new Set(former?.holds.map((hold) => JSON.stringify(hold)));
    const fresh = topology.holds.filter((hold) => !before.has(JSON.stringify(hold)));
    await Promise.all(fresh.map((hold) => this.#settle(hold)));
  }

  async #settle(hold: Hold): Promise<void> {
    const shard = this.shards.find((candidate) => candidate.id === hold.shard);
    if (shard === undefined) return;
    if (hold.how === 'cut') shard.retireAll(`hold ${hold.id} cuts it`, true);
    else await shard.drain(hold.drainMs, this.#env.sleep);
  }
}

/** To the owner of its slot; `isDue`: what it waited for may have come. */
function routedAnew(item: LeftOver, isDue: boolean): LeftOver {
  const { refused } = item;
  if (refused === undefined) return item;
  const notBeforeMs = isDue ? 0 : refused.notBeforeMs;
  return { ...item, refused: { ...refused, asks: false, notBeforeMs } };
}

function gatesOf(topology: Topology): Uint8Array {
  const gates = new Uint8Array(SLOT_COUNT);
  for (const hold of topology.holds) {
    const gate = hold.what === 'all' ? GATE.holdsAll : GATE.holdsWrites;
    const slots =
      hold.slots ?? topology.shards.find((shard) => shard.id === hold.shard)?.slots ?? '';
    for (const { start, end } of slotsOf(slots)) {
      for (let slot = start; slot <= end; slot++) gates[slot] = Math.max(gates[slot]!, gate);
    }
  }
  return gates;
}

function shardGatesOf(owners: Int16Array, gates: Uint8Array, shardCount: number): Uint8Array {
  const shardGates = new Uint8Array(shardCount);
  owners.forEach((shard, slot) => {
    if (shard !== -1) shardGates[shard] = Math.max(shardGates[shard]!, gates[slot]!);
  });
  return shardGates;
}
