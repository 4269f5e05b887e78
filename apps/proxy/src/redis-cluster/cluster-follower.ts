/**
 * Follows a Redis Cluster: asks some of its nodes now and then, and at once when somebody says that what is known is out
 * of date, which one believes (`best-view.ts`), and has each change applied. Nodes that are known are asked first; seeds
 * when none of those answers: then all nodes may have been replaced.
 */
import type { Clock, Logger } from '@keyfleet/runtime';
import {
  diffTopology,
  type Topology,
  type TopologyNode,
  type TopologyShard,
} from '@keyfleet/topology';
import { LookLoop, type Outcome } from '../topology/look-loop.ts';
import type { ServerAddress } from '../upstream/server-address.ts';
import type { Heard } from './ask-node.ts';
import { agree, bestView, slotCount } from './best-view.ts';
import { nodesOf, type ClusterView } from './cluster-view.ts';
import { Inquiry } from './inquiry.ts';
import { topologyOfView } from './view-topology.ts';

/** Of nodes that are known: at first, and when these do not answer, or not the same. */
const ASKED_FIRST = 3;
const ASKED_THEN = 16;
/** How long nodes that are known are waited for until others are asked besides. */
const PATIENCE_MS = 500;
export type ClusterFollowerEnv = {
  cluster: string;
  refreshMs: () => number;
  refreshTimeoutMs: () => number;
  clock: Clock;
  log: Logger;
  /** Addresses of the seeds, as their names are resolved now. */
  findSeeds: () => Promise<ServerAddress[]>;
  /** What is applied from now on was found by the seeds that were changed to. */
  onSeedsTaken: () => void;
  ask: (at: ServerAddress) => Promise<Heard>;
  apply: (topology: Topology) => void;
};

export class ClusterFollower {
  topology: Topology | null = null;
  /** Why nothing was found the last time; empty: it was. */
  failure = '';
  readonly #env: ClusterFollowerEnv;
  readonly #loop: LookLoop;
  /** Of the view that is in force. */
  #epoch = 0;
  #looks = 0;
  /** Nodes that did not answer the last time: others are asked before them. */
  #silent = new Set<string>();
  /** Seeds that nobody asked yet may be of another cluster, though the nodes of the former still answer. */
  #seedsToTry: object | null = null;
  #lastSeedFailure = '';

  constructor(env: ClusterFollowerEnv) {
    this.#env = env;
    this.#loop = new LookLoop(() => this.#look(), env.clock, env.refreshMs);
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** From the disk: nodes to ask, until somebody answers. */
  remember(topology: Topology): void {
    this.topology ??= topology;
  }

  /** What is known is out of date: looks as soon as it may. */
  refresh(): void {
    this.#loop.wish();
  }

  /** There are other seeds: from the first of them that has a cluster on, that is the one. */
  changeSeeds(): void {
    this.#seedsToTry = {};
    this.refresh();
  }

  async #look(): Promise<Outcome> {
    if (await this.#tryNewSeeds()) return 'changed';
    const inquiry = new Inquiry<Heard>(this.#env.clock);
    await this.#inquire(inquiry);
    const best = bestView(inquiry.answers);
    if (this.#loop.isStopped) return 'unsettled';
    const isChanged = best !== null && this.#take(best);
    if (best === null || this.topology === null) this.#noteFailure(inquiry);
    else this.failure = '';
    if (isChanged) return 'changed';
    return best !== null && this.#seedsToTry === null && isSettled(best) ? 'settled' : 'unsettled';
  }

  /** Whether they led to another cluster. Until they lead to one the former goes on. */
  async #tryNewSeeds(): Promise<boolean> {
    const seeds = this.#seedsToTry;
    if (seeds === null) return false;
    const inquiry = new Inquiry<Heard>(this.#env.clock);
    await this.#askSeeds(inquiry);
    await inquiry.settled(this.#env.refreshTimeoutMs());
    // Others meanwhile: these are for nobody.
    if (this.#loop.isStopped || this.#seedsToTry !== seeds) return false;
    const best = bestView(inquiry.answers.filter(isWhole));
    if (best === null) {
      this.#noteSeedFailure(inquiry);
      return false;
    }
    this.#lastSeedFailure = '';
    this.#seedsToTry = null;
    this.#env.onSeedsTaken();
    if (this.#isOfSameCluster(best.view)) return false;
    this.#silent.clear();
    this.#epoch = 0;
    return this.#take(best);
  }

  async #inquire(inquiry: Inquiry<Heard>): Promise<void> {
    const { answers } = inquiry;
    const known = this.#nodesInTurn();
    const first = known.slice(0, ASKED_FIRST);
    this.#askKnown(inquiry, first);
    await inquiry.settled(PATIENCE_MS);
    const isEnough = answers.length > first.length / 2 && agree(answers);
    if (isEnough) return;
    this.#askKnown(inquiry, known.slice(first.length, first.length + ASKED_THEN));
    await inquiry.settled(PATIENCE_MS);
    if (answers.some(({ standing }) => standing?.isOk !== false)) return;
    await this.#askSeeds(inquiry);
    await inquiry.settled(this.#env.refreshTimeoutMs());
  }

  /** Primaries first, others than the last time, those that were silent then at the end. */
  #nodesInTurn(): TopologyNode[] {
    const shards = this.topology?.shards ?? [];
    const primaries = shards.flatMap(({ primary }) => primary ?? []);
    const at = primaries.length === 0 ? 0 : (this.#looks++ * ASKED_FIRST) % primaries.length;
    const nodes = [
      ...primaries.slice(at),
      ...primaries.slice(0, at),
      ...shards.flatMap(({ replicas }) => replicas),
    ];
    const isSilent = ({ id }: TopologyNode) => Number(this.#silent.has(id));
    return nodes.toSorted((a, b) => isSilent(a) - isSilent(b));
  }

  #askKnown(inquiry: Inquiry<Heard>, nodes: readonly TopologyNode[]): void {
    for (const node of nodes) inquiry.ask(textOf(node), this.#askNode(node));
  }

  async #askNode(node: TopologyNode): Promise<Heard> {
    // Until it answers: one that is frozen would not say that it is silent.
    this.#silent.add(node.id);
    const heard = await this.#env.ask(node);
    this.#silent.delete(node.id);
    this.#refuseStranger(node, heard);
    return heard;
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
  #refuseStranger(node: TopologyNode, { nodeId, view }: Heard): void {
    const isKnown = nodeId === null ? this.#isOfSameCluster(view) : nodeId === node.id;
    if (!isKnown) throw new Error(`another node answers there, ${nodeId ?? 'of another cluster'}`);
  }

  #isOfSameCluster(view: ClusterView): boolean {
    const known = new Set(this.topology?.shards.flatMap(idsOf));
    return view.some((shard) => nodesOf(shard).some(({ id }) => known.has(id)));
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

  #noteFailure(inquiry: Inquiry<Heard>): void {
    const because = failureOf(inquiry, 'no node has slots');
    if (because === this.failure) return;
    this.failure = because;
    this.#env.log.warn({ because }, 'cluster not found');
  }

  #noteSeedFailure(inquiry: Inquiry<Heard>): void {
    const because = failureOf(inquiry, 'no node that answers serves');
    if (because === this.#lastSeedFailure) return;
    this.#lastSeedFailure = because;
    this.#env.log.warn({ because }, 'cluster of the new seeds not found, the former is followed');
  }
}

function failureOf({ failures, answers }: Inquiry<Heard>, ofAnswers: string): string {
  if (answers.length > 0) return ofAnswers;
  return [...failures].map(([whom, because]) => `${whom}: ${because}`).join('; ');
}

/** Good enough to leave a cluster for. */
function isWhole({ view, standing }: Heard): boolean {
  return slotCount(view) > 0 && standing?.isOk !== false;
}

function idsOf({ primary, replicas }: TopologyShard): string[] {
  return [...(primary === null ? [] : [primary]), ...replicas].map(({ id }) => id);
}

/** No shard waits for another primary. */
function isSettled({ standing, view }: Heard): boolean {
  if (standing?.isOk === false) return false;
  return view.every(({ primary, slots }) => primary.isHealthy || slots === '');
}

function textOf({ host, port }: ServerAddress): string {
  return `${host}:${port}`;
}
