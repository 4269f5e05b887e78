/**
 * Follows a Redis Cluster: asks some of its nodes now and then, and at once when somebody says that what is known is out
 * of date, which one believes (`best-view.ts`), and has each change applied. Nodes that are known are asked first; seeds
 * when none of those answers: then all nodes may have been replaced.
 */
import type { Clock, Logger } from '@keyfleet/runtime';
import { diffTopology, type Topology, type TopologyNode } from '@keyfleet/topology';
import type { ServerAddress } from '../upstream/server-address.ts';
import type { Heard } from './ask-node.ts';
import { agree, bestView, slotCount } from './best-view.ts';
import { nodesOf } from './cluster-view.ts';
import { Inquiry } from './inquiry.ts';
import { topologyOfView } from './view-topology.ts';

/** Of nodes that are known: at first, and when these do not answer, or not the same. */
const ASKED_FIRST = 3;
const ASKED_THEN = 16;
/** How long nodes that are known are waited for until others are asked besides. */
const PATIENCE_MS = 500;
/** Between two looks: short behind a change, longer the more often nothing changed. */
const GAP_MIN_MS = 20;
const GAP_MAX_MS = 500;

export type ClusterFollowerEnv = {
  cluster: string;
  refreshMs: number;
  refreshTimeoutMs: number;
  clock: Clock;
  log: Logger;
  /** Addresses of the seeds, as their names are resolved now. */
  findSeeds: () => Promise<ServerAddress[]>;
  ask: (at: ServerAddress) => Promise<Heard>;
  apply: (topology: Topology) => void;
};

export class ClusterFollower {
  topology: Topology | null = null;
  readonly #env: ClusterFollowerEnv;
  readonly #stopped = new AbortController();
  #wish = new AbortController();
  /** Of the view that is in force. */
  #epoch = 0;
  #gapMs = GAP_MIN_MS;
  #looks = 0;
  #lastFailure = '';
  #running: Promise<void> = Promise.resolve();

  constructor(env: ClusterFollowerEnv) {
    this.#env = env;
  }

  start(): void {
    this.#running = this.#followForEver();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  /** From the disk: nodes to ask, until somebody answers. */
  remember(topology: Topology): void {
    this.topology ??= topology;
  }

  /** What is known is out of date: looks as soon as it may. */
  refresh(): void {
    this.#wish.abort();
  }

  async #followForEver(): Promise<void> {
    const { clock, refreshMs } = this.#env;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      // A wish that comes while nodes answer may be about what they do not know yet: it is for the next look.
      this.#wish = new AbortController();
      const isSettled = await this.#look();
      if (signal.aborted) return;
      await clock.sleep(this.#gapMs, signal);
      const restMs = isSettled ? refreshMs - this.#gapMs : 0;
      if (restMs > 0) await clock.sleep(restMs, AbortSignal.any([signal, this.#wish.signal]));
    }
  }

  /** Whether nothing is expected to change soon. */
  async #look(): Promise<boolean> {
    const inquiry = new Inquiry<Heard>(this.#env.clock);
    await this.#inquire(inquiry);
    const best = bestView(inquiry.answers);
    if (this.#stopped.signal.aborted) return false;
    const isChanged = best !== null && this.#take(best);
    this.#gapMs = isChanged ? GAP_MIN_MS : Math.min(this.#gapMs * 2, GAP_MAX_MS);
    if (best === null || this.topology === null) this.#noteFailure(inquiry);
    else this.#lastFailure = '';
    return best !== null && best.standing?.isOk !== false && best.view.every(isWhole);
  }

  async #inquire(inquiry: Inquiry<Heard>): Promise<void> {
    const known = this.#knownNodes();
    const first = known.slice(0, ASKED_FIRST);
    this.#askKnown(inquiry, first);
    await inquiry.settled(PATIENCE_MS);
    if (inquiry.answers.length === first.length && first.length > 0 && agree(inquiry.answers))
      return;
    this.#askKnown(inquiry, known.slice(first.length, first.length + ASKED_THEN));
    await inquiry.settled(PATIENCE_MS);
    if (inquiry.answers.some(({ standing }) => standing?.isOk !== false)) return;
    await this.#askSeeds(inquiry);
    await inquiry.settled(this.#env.refreshTimeoutMs);
  }

  /** Primaries first; others than the last time. */
  #knownNodes(): TopologyNode[] {
    const shards = this.topology?.shards ?? [];
    const primaries = shards.flatMap(({ primary }) => primary ?? []);
    const at = primaries.length === 0 ? 0 : (this.#looks++ * ASKED_FIRST) % primaries.length;
    const replicas = shards.flatMap((shard) => shard.replicas);
    return [...primaries.slice(at), ...primaries.slice(0, at), ...replicas];
  }

  #askKnown(inquiry: Inquiry<Heard>, nodes: readonly TopologyNode[]): void {
    for (const node of nodes)
      inquiry.ask(
        textOf(node),
        this.#env.ask(node).then((heard) => this.#acknowledged(node, heard)),
      );
  }

  async #askSeeds(inquiry: Inquiry<Heard>): Promise<void> {
    const { findSeeds, ask } = this.#env;
    try {
      for (const seed of await findSeeds()) inquiry.ask(textOf(seed), ask(seed));
    } catch (error) {
      inquiry.failures.set('seeds', (error as Error).message);
    }
  }

  /** Addresses are given to others: one who answers may be a node of another cluster, or one that was reset. */
  #acknowledged(node: TopologyNode, heard: Heard): Heard {
    const { nodeId, view } = heard;
    const known = new Set(this.#knownNodes().map(({ id }) => id));
    const isKnown =
      nodeId === null
        ? view.some((shard) => nodesOf(shard).some(({ id }) => known.has(id)))
        : nodeId === node.id;
    if (!isKnown) throw new Error(`another node answers there, ${nodeId ?? 'of another cluster'}`);
    return heard;
  }

  /** Whether anything changed. */
  #take({ view, standing }: Heard): boolean {
    if (slotCount(view) === 0) return false;
    const epoch = standing?.epoch ?? 0;
    // Cut off from most of the cluster, it may know less than we do.
    if (this.topology !== null && standing?.isOk === false && epoch < this.#epoch) return false;
    const former = this.topology;
    const topology = topologyOfView(this.#env.cluster, view, former);
    this.#epoch = epoch;
    if (topology === former) return false;
    this.topology = topology;
    const changes = diffTopology(former ?? undefined, topology);
    this.#env.log.info({ version: topology.version, epoch, changes }, 'topology applied');
    this.#env.apply(topology);
    return true;
  }

  #noteFailure({ failures, answers }: Inquiry<Heard>): void {
    const because =
      answers.length > 0 ? 'no node has slots' : JSON.stringify(Object.fromEntries(failures));
    if (because === this.#lastFailure) return;
    this.#lastFailure = because;
    this.#env.log.warn({ because }, 'cluster not found');
  }
}

function isWhole({ primary, slots }: Heard['view'][number]): boolean {
  return primary.isHealthy || slots === '';
}

function textOf({ host, port }: ServerAddress): string {
  return `${host}:${port}`;
}
