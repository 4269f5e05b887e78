/** Which server of one shard answers a read, and what is known of them for that. */
import type { Hold, TopologyNode, TopologyShard } from '@keyfleet/topology';
import type { Client } from '../downstream/client.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import { nearestOf } from './nearest.ts';
import { Questions } from './questions.ts';
import type { ReadPolicy } from './read-policy.ts';
import type { ReplicaEnv } from './reads-env.ts';
import type { LagBounds } from './replica-health.ts';
import { ReplicaUpstream } from './replica-upstream.ts';

export type ShardReadsEnv = ReplicaEnv & {
  readonly sleep: (ms: number) => Promise<void>;
  readonly bounds: () => LagBounds;
  /** Of this proxy. */
  readonly zone: () => string;
};

/** What is pending at a replica that is not to be read any more is waited for so long. */
const DRAIN_MS = 1000;

export class ShardReads {
  readonly shard: ShardUpstream;
  /** Reads of clients that may read from replicas, and that went to the primary. */
  primaryReads = 0;
  replicas: readonly ReplicaUpstream[] = [];
  readonly #env: ShardReadsEnv;
  readonly #questions: Questions;
  /** Those that may be read now, and those of them that are near. */
  #fit: readonly ReplicaUpstream[] = [];
  #near: readonly ReplicaUpstream[] = [];
  #isPrimaryNear = true;
  #isAnyLagging = false;
  /** Where the next search begins, so that none is preferred. */
  #turn = 0;
  #isWanted = false;
  #wantedMs = -Infinity;
  /** What was chosen last: the parts of one request share it. */
  #lastClient: Client | null = null;
  #lastToken = 0;
  #lastConnection: UpstreamConnection | null = null;

  constructor(shard: ShardUpstream, env: ShardReadsEnv) {
    this.shard = shard;
    this.#env = env;
    this.#questions = new Questions(shard.line, env.monotonicMs);
  }

  get fitCount(): number {
    return this.#fit.length;
  }

  /** The topology's replicas, from now on. Resolves when nothing is pending at those that are not to be read any more. */
  async retarget({
    replicas,
    primary,
  }: Pick<TopologyShard, 'primary' | 'replicas'>): Promise<void> {
    const readable = replicas.filter((replica) => replica.readable);
    const known = this.replicas;
    this.replicas = readable.map(
      (node) =>
        known.find((replica) => isSameServer(replica.node, node)) ??
        new ReplicaUpstream(this.shard.id, node, this.#env),
    );
    this.#questions.about(primary);
    this.#forgetLast();
    this.#judge(this.#env.monotonicMs());
    const gone = known.filter((replica) => !this.replicas.includes(replica));
    // One that is primary now is no replica to wait for: what it owes is read there anew.
    const drainMs = ({ node }: ReplicaUpstream) => (node.id === primary?.id ? 0 : DRAIN_MS);
    await Promise.all(gone.map((replica) => replica.close(drainMs(replica), this.#env.sleep)));
  }

  /** A hold for all begins: resolves when what was sent before is answered, or cut off. */
  async settle({ how, drainMs }: Hold): Promise<void> {
    if (how === 'cut') this.retireAll('a hold cuts it', true);
    else await Promise.all(this.replicas.map((replica) => replica.drain(drainMs, this.#env.sleep)));
  }

  retireAll(because: string, mayResend: boolean): void {
    this.#forgetLast();
    for (const replica of this.replicas) replica.retireAll(because, mayResend);
  }

  /** A connection to a replica for the request of `client` that gets the place `token`; null: it is for the primary. */
  choose(client: Client, token: number, policy: ReadPolicy): UpstreamConnection | null {
    const last = this.#lastConnection;
    const isSame = last !== null && client === this.#lastClient && token === this.#lastToken;
    if (isSame && last.hasRoom()) return last;
    this.#isWanted = true;
    const best = this.#leastLoaded(client, policy, '');
    if (best === null) this.#notePrimary();
    this.#lastClient = client;
    this.#lastToken = token;
    this.#lastConnection = best;
    return best;
  }

  /** For a read of `client` that is late at `node`: another server that may answer it. */
  chooseOther(client: Client, node: string): UpstreamConnection | null {
    const other = this.#leastLoaded(client, 'replica', node);
    return other ?? this.shard.ready(client.connectionClass, client);
  }

  /** Called some times a second. */
  sweep(nowMs: number): void {
    if (this.#isWanted) this.#wantedMs = nowMs;
    this.#isWanted = false;
    for (const replica of this.replicas) replica.sweep(nowMs);
    if (nowMs - this.#wantedMs < this.#env.shardLimits.idleMs)
      this.#questions.ask(this.replicas, nowMs);
    this.#judge(nowMs);
    // It would keep a client that is gone.
    this.#forgetLast();
  }

  /** Of the replicas that may be read, and by some policies the primary, which is null. */
  #leastLoaded(client: Client, policy: ReadPolicy, except: string): UpstreamConnection | null {
    const replicas = policy === 'nearest' ? this.#near : this.#fit;
    const count = replicas.length;
    if (count === 0) return null;
    const isPrimaryToo = this.#isForPrimaryToo(policy);
    const turn = (this.#turn = (this.#turn + 1) % (isPrimaryToo ? count + 1 : count));
    let load = isPrimaryToo ? this.#loadOfPrimary(client, turn === count) : Infinity;
    let best = -1;
    for (let i = turn; i < turn + count; i++) {
      const replica = replicas[i % count]!;
      const loadThere = replica.node.id === except ? Infinity : replica.load(client);
      if (loadThere >= load) continue;
      best = i % count;
      load = loadThere;
    }
    return best === -1 ? null : replicas[best]!.take(client);
  }

  #isForPrimaryToo(policy: ReadPolicy): boolean {
    return policy === 'any' || (policy === 'nearest' && this.#isPrimaryNear);
  }

  /** A replica is chosen that has less to do, or as much when it is not the primary's turn. */
  #loadOfPrimary(client: Client, isItsTurn: boolean): number {
    const connection = this.shard.ready(client.connectionClass, client);
    return connection === null ? Infinity : connection.pendingCount + (isItsTurn ? 0 : 1);
  }

  #notePrimary(): void {
    this.primaryReads++;
    if (this.#isAnyLagging && this.#fit.length === 0) this.#env.counters.readsKeptFromLagging++;
  }

  #judge(nowMs: number): void {
    const bounds = this.#env.bounds();
    this.#isAnyLagging = false;
    this.#fit = this.replicas.filter(({ health, isLate }) => {
      const because = health.unfitBecause(nowMs, bounds);
      if (because === 'lagging') this.#isAnyLagging = true;
      return because === null && !isLate;
    });
    const { primary } = this.#questions;
    const places = this.#fit.map(({ health }) => health);
    const near = new Set(
      nearestOf(this.shard.isReachable() ? [primary, ...places] : places, this.#env.zone()),
    );
    this.#isPrimaryNear = near.has(primary);
    this.#near = this.#fit.filter(({ health }) => near.has(health));
  }

  #forgetLast(): void {
    this.#lastClient = this.#lastConnection = null;
  }
}

function isSameServer(a: TopologyNode, b: TopologyNode): boolean {
  return a.id === b.id && a.runId === b.runId && a.host === b.host && a.port === b.port;
}
