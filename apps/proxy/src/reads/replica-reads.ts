/**
 * Reads from replicas: whose reads may go there, and where to. What is read there may be old, but not older than what
 * the same client wrote within the window, and never newer than what it has not written yet.
 *
 * **Invariant:** a read of a slot goes to the primary while a write of its client to that slot is pending, or recent;
 * a write waits while its client's reads of that slot are pending at replicas.
 */
import type { TopologyShard } from '@keyfleet/topology';
import type { Client } from '../downstream/client.ts';
import { MODE } from '../downstream/mode.ts';
import type { Routing, RoutingFollower } from '../route/routing.ts';
import type { ReadWays } from '../route/router.ts';
import type { Outgoing } from '../upstream/reply-sink.ts';
import { SEVERAL_SLOTS } from '../upstream/reply-sink.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import type { UpstreamEnv } from '../upstream/upstream-env.ts';
import { ClientReads } from './client-reads.ts';
import type { HedgedRead } from './hedged-read.ts';
import { Hedges } from './hedges.ts';
import type { ReadPolicy, ReadWish } from './read-policy.ts';
import type { ReplicaEnv } from './reads-env.ts';
import { ALL_SLOTS } from './recent-slots.ts';
import { isForReplicas } from './replica-commands.ts';
import { ShardReads, type ShardReadsEnv } from './shard-reads.ts';

export type ReadSettings = {
  readonly reads: ReadPolicy;
  readonly readsLagMs: number;
  readonly readsLagBytes: number;
  readonly readsTimeoutMs: number;
  readonly zone: string;
  readonly readYourWritesMs: number;
  readonly hedgeMs: number;
};

export type ReplicaReadsEnv = UpstreamEnv & {
  readonly routing: Routing;
  readonly shardLimits: ReplicaEnv['shardLimits'];
  readonly sleep: (ms: number) => Promise<void>;
  readonly clients: () => Iterable<Client>;
  /** It watches keys: what it reads must not be older. */
  readonly isWatching: (client: Client) => boolean;
};

/** It is told of changes at the primary, or its commands wait for EXEC. */
const FOR_PRIMARY = MODE.tracking | MODE.queueing;

export class ReplicaReads implements RoutingFollower, ReadWays {
  /** By the index of the shard in the topology in force. */
  shards: readonly ShardReads[] = [];
  #settings: ReadSettings;
  readonly #env: ReplicaReadsEnv;
  readonly #shardEnv: ShardReadsEnv;
  readonly #hedges: Hedges;
  /** Clients whose writes are not known to be answered: for these the window has not begun. */
  readonly #writers = new Set<Client>();
  #settledHolds: ReadonlySet<string> = new Set();

  constructor(settings: ReadSettings, env: ReplicaReadsEnv) {
    this.#settings = settings;
    this.#env = env;
    this.#shardEnv = {
      ...env,
      replicaSilenceMs: () => this.#settings.readsTimeoutMs,
      sendToPrimary: (request, connectionClass) => env.routing.resend(request, connectionClass),
      bounds: () => ({ lagMs: this.#settings.readsLagMs, lagBytes: this.#settings.readsLagBytes }),
      zone: () => this.#settings.zone,
    };
    this.#hedges = new Hedges({
      ...env,
      hedgeMs: () => this.#settings.hedgeMs,
      chooseOther: (read) => this.#chooseOther(read),
    });
    env.routing.followers.push(this);
  }

  /** From now on. Clients that said READONLY or READWRITE keep what that means. */
  configure(settings: ReadSettings): void {
    this.#settings = settings;
    for (const client of this.#env.clients()) {
      if (client.facts.reads === null) this.join(client);
      else client.facts.reads.choose(client.facts.reads.wish, settings.reads);
    }
  }

  /** A new client. One of which nothing has to be kept costs the hot path one comparison. */
  join(client: Client): void {
    if (this.#settings.reads !== 'primary') this.wish(client, 'none');
  }

  wish(client: Client, wish: ReadWish): void {
    client.facts.reads ??= new ClientReads();
    client.mode |= MODE.reads;
    client.facts.reads.choose(wish, this.#settings.reads);
  }

  /** It is gone, or begins anew. */
  end(client: Client): void {
    this.#writers.delete(client);
    if (client.facts.reads !== null) this.wish(client, 'none');
  }

  /** A request of several keys is one request: it has one place among the replies, and one server of a shard. */
  choose(client: Client, slot: number): UpstreamConnection | null {
    const state = client.facts.reads!;
    if (state.policy === 'primary' || !isForReplicas(client.facts.lastCommand!)) return null;
    const shard = this.shards[this.#env.routing.owners[slot]!]!;
    const { head, tail } = client.places;
    if (this.#isForPrimary(client, state, slot)) {
      shard.primaryReads++;
      return null;
    }
    const connection = shard.choose(client, tail, state.policy);
    if (connection === null) return null;
    state.atReplicas.settle(head, 0, 0);
    state.atReplicas.note(slot, tail);
    return connection;
  }

  admitWrite(client: Client, slot: number): boolean {
    const { atReplicas, written } = client.facts.reads!;
    const { head, tail } = client.places;
    atReplicas.settle(head, 0, 0);
    if (atReplicas.has(slot) && !client.isQuietOrWaits()) return false;
    if (this.#settings.readYourWritesMs === 0) written.settle(head, 0, 0);
    else this.#writers.add(client);
    written.note(slot, tail);
    return true;
  }

  /** The same for a command of which nobody knows what it writes. */
  admitAnyWrite(client: Client): boolean {
    const { atReplicas } = client.facts.reads!;
    atReplicas.settle(client.places.head, 0, 0);
    if (!atReplicas.isEmpty && !client.isQuietOrWaits()) return false;
    return this.admitWrite(client, ALL_SLOTS);
  }

  onSend(outgoing: Outgoing, client: Client, { role, node }: UpstreamConnection['identity']): void {
    if (role === 'slave' && outgoing.slot !== SEVERAL_SLOTS)
      this.#hedges.begin(outgoing, client, node);
  }

  async onApplied(): Promise<void> {
    const { topology, shards } = this.#env.routing;
    const known = new Map(this.shards.map((reads) => [reads.shard, reads]));
    this.shards = shards.map((shard) => known.get(shard) ?? new ShardReads(shard, this.#shardEnv));
    const kept = new Set(this.shards);
    const gone = [...known.values()].filter((reads) => !kept.has(reads));
    await Promise.all([
      ...topology!.shards.map((shard, index) => this.shards[index]!.retarget(shard)),
      ...gone.map((reads) => reads.retarget(NO_SHARD)),
      ...this.#settleHolds(),
    ]);
  }

  onClosed(): void {
    for (const reads of this.shards) reads.retireAll('the lease lapsed', false);
  }

  onSwept(nowMs: number): void {
    for (const reads of this.shards) reads.sweep(nowMs);
    const untilMs = nowMs + this.#settings.readYourWritesMs;
    for (const client of this.#writers) {
      const { written } = client.facts.reads!;
      written.settle(client.places.head, nowMs, untilMs);
      if (!written.isUnsettled) this.#writers.delete(client);
    }
  }

  #isForPrimary(client: Client, state: ClientReads, slot: number): boolean {
    if ((client.mode & FOR_PRIMARY) !== 0 || this.#hasWritten(client, state, slot)) return true;
    if (state.mayWatch) state.mayWatch = this.#env.isWatching(client);
    return state.mayWatch;
  }

  #hasWritten({ places }: Client, { written }: ClientReads, slot: number): boolean {
    if (written.isEmpty) return false;
    const { readYourWritesMs } = this.#settings;
    const nowMs = readYourWritesMs === 0 ? 0 : this.#env.monotonicMs();
    written.settle(places.head, nowMs, nowMs + readYourWritesMs);
    return written.has(slot);
  }

  #chooseOther({ client, slot, node }: HedgedRead): UpstreamConnection | null {
    const { routing } = this.#env;
    if (client === null || routing.closedError !== null || !routing.mayPass(slot, false))
      return null;
    return this.shards[routing.owners[slot]!]?.chooseOther(client, node) ?? null;
  }

  /** Holds for all that are new, or hold harder. */
  #settleHolds(): Promise<void>[] {
    const { holds } = this.#env.routing.topology!;
    const before = this.#settledHolds;
    const ofAll = holds.filter(({ what }) => what === 'all');
    this.#settledHolds = new Set(ofAll.map((hold) => JSON.stringify(hold)));
    const fresh = ofAll.filter((hold) => !before.has(JSON.stringify(hold)));
    return fresh.map(async (hold) => {
      const reads = this.shards.find(({ shard }) => shard.id === hold.shard);
      await reads?.settle(hold);
    });
  }
}

const NO_SHARD: Pick<TopologyShard, 'primary' | 'replicas'> = { primary: null, replicas: [] };
