/**
 * What the create workflow asks of a control plane, where there is none: a Redis Cluster governs itself, and is only
 * brought together once. From then on it is left alone, but for nodes that have come back at other addresses.
 */
import {
  busPort,
  nodesOf,
  type Address,
  type ClusterSpec,
  type ControlView,
  type CreatingControlPlane,
  type NodePlace,
} from '@keyfleet/lifecycle';
import type { Clock } from '@keyfleet/runtime';
import { distributeSlots } from '@keyfleet/topology';
import { askServer } from './ask-server.ts';
import { observeNode, type NodeView } from './observe-node.ts';
import { shardsOf } from './shards-of.ts';

const MEETING_MS = 5_000;
const POLL_MS = 50;

type Options = {
  readonly spec: ClusterSpec;
  readonly addresses: Readonly<Record<string, Address>>;
  readonly clock: Clock;
  /** Clients may have used it: it is never put together anew. */
  readonly hasServed: () => boolean;
};

export class RedisClusterControl implements CreatingControlPlane {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  async observe(): Promise<ControlView> {
    const { spec, hasServed } = this.#options;
    const views = await this.#views();
    const answers = [...views.values()].filter((view) => view !== null);
    const shards = this.#shards(views);
    const serves = answers.every(({ isServing, isInStep }) => isServing && isInStep);
    // Its nodes hear of each other's roles one after the other; later, others may have changed who is in it.
    const isKnown = hasServed() || shards.flatMap(nodesIn).length === views.size;
    const isWhole = answers.length === views.size && serves && isKnown;
    const unready = hasServed() ? 'Degraded' : 'Creating';
    return {
      state: 'recorded',
      spec,
      credentialsId: null,
      phase: isWhole ? 'Ready' : unready,
      topologyVersion: 0,
      shards: isWhole || shards.some(isTroubled) ? shards : [NOT_YET],
      nodes: this.#placed(views),
      appliedVersions: [0],
    };
  }

  /** Nobody records the spec of a Redis Cluster. */
  recordCluster(): Promise<void> {
    return Promise.resolve();
  }

  /** Brings a node into the cluster, and, when the cluster is new, into its role. */
  async registerNode(node: NodePlace, address: Address, signal: AbortSignal): Promise<void> {
    const isNew = !this.#options.hasServed();
    if (isNew && node.ordinal === 0) await this.#giveSlots(node, address);
    const views = await this.#views();
    const other = [...views].find(([id, view]) => id !== node.id && view !== null);
    if (other) await this.#meet(this.#addressOf(other[0]), address, signal);
    if (isNew && node.ordinal > 0) await this.#follow(node, address, signal);
  }

  async #giveSlots({ shard }: NodePlace, address: Address): Promise<void> {
    const view = await observeNode(address);
    if (view?.assignedSlots !== 0) return;
    const shards = [...new Set(nodesOf(this.#options.spec).map((node) => node.shard))];
    const range = distributeSlots(shards.length)[shards.indexOf(shard)]!;
    await askServer(address, [['CLUSTER', 'ADDSLOTSRANGE', ...range.split('-')]]);
  }

  async #meet(at: Address, { host, port }: Address, signal: AbortSignal): Promise<void> {
    await askServer(at, [['CLUSTER', 'MEET', host, String(port), String(busPort(port))]]);
    await this.#until(signal, async () => isMember(await observeNode(at), { host, port }));
  }

  async #follow({ shard }: NodePlace, address: Address, signal: AbortSignal): Promise<void> {
    const at = this.#addressOf(`${shard}-0`);
    // It hears of the nodes that it has not met from those that it has.
    await this.#until(signal, async () => isMember(await observeNode(address), at));
    const primary = await observeNode(at);
    if (primary) await askServer(address, [['CLUSTER', 'REPLICATE', primary.self.id]]);
  }

  async #until(signal: AbortSignal, holds: () => Promise<boolean>): Promise<void> {
    const { clock } = this.#options;
    const deadlineMs = clock.monotonicMs() + MEETING_MS;
    while (!signal.aborted && clock.monotonicMs() < deadlineMs && !(await holds()))
      await clock.sleep(POLL_MS, signal);
  }

  async #views(): Promise<Map<string, NodeView | null>> {
    const { addresses } = this.#options;
    return new Map(
      await Promise.all(
        Object.entries(addresses).map(
          async ([id, address]) => [id, await observeNode(address)] as const,
        ),
      ),
    );
  }

  /** Nodes that need nothing from us, at their addresses. */
  #placed(views: ReadonlyMap<string, NodeView | null>): Map<string, Address> {
    const seer = [...views.values()].find((view) => view !== null);
    const placed = [...views].filter(
      ([, view]) =>
        seer && view && (this.#options.hasServed() ? isWhere(seer, view) : isPlaced(seer, view)),
    );
    return new Map(placed.map(([id]) => [id, this.#addressOf(id)]));
  }

  #shards(views: ReadonlyMap<string, NodeView | null>): ClusterShards {
    const seer = [...views.values()].find((view) => view !== null);
    const own = [...views].map(
      ([id, view]) => [id, { address: this.#addressOf(id), pid: null, view }] as const,
    );
    return shardsOf(seer?.nodes ?? [], new Map(own));
  }

  #addressOf(id: string): Address {
    return this.#options.addresses[id]!;
  }
}

type ClusterShards = ReturnType<typeof shardsOf>;

const NOT_YET = {
  id: 'the cluster',
  slots: '',
  primary: null,
  replicas: [],
  because: 'its nodes do not agree yet',
};

function nodesIn({ primary, replicas }: ClusterShards[number]): readonly unknown[] {
  return [primary, ...replicas];
}

function isTroubled({ because }: ClusterShards[number]): boolean {
  return because !== null;
}

function isMember(view: NodeView | null, { host, port }: Address): boolean {
  return (view?.nodes ?? []).some(
    (node) => node.host === host && node.port === port && !node.isStranger,
  );
}

/** The one knows where the other is, and that has a role. */
function isPlaced(seer: NodeView, { self, assignedSlots }: NodeView): boolean {
  const hasRole = !self.isPrimary || self.slots !== '';
  return hasRole && assignedSlots > 0 && isMember(seer, self);
}

/** The one does not look for the other at an address that it had. */
function isWhere(seer: NodeView, { self }: NodeView): boolean {
  const seen = seer.nodes.find(({ id }) => id === self.id);
  return !seen || (seen.host === self.host && seen.port === self.port);
}
