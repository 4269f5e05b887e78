import { distributeSlots } from '@keyfleet/topology';
import { keySlot } from '@keyfleet/slots';
import { freeAddresses } from './address.ts';
import { ClusterNode, type NodeOptions } from './redis-cluster/cluster-node.ts';
import { agreementOf, type NodeView } from './redis-cluster/cluster-view.ts';
import { until } from './redis-cluster/until.ts';

export type RedisClusterOptions = NodeOptions & {
  readonly primaries?: number;
  readonly replicasPerPrimary?: number;
};

const KEYS_PER_MOVE = 100;

/** A real Redis Cluster, all of its nodes on one loopback address. Ready when it resolves: about 3 s. */
export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const { primaries = 3, replicasPerPrimary = 1, ...nodeOptions } = options;
  const cluster = new RedisCluster(nodeOptions);
  try {
    await cluster.start(primaries, replicasPerPrimary);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

export class RedisCluster implements AsyncDisposable {
  /** All that were started and not removed, also those that do not run now. */
  readonly nodes: ClusterNode[] = [];
  readonly #options: NodeOptions;

  constructor(options: NodeOptions) {
    this.#options = options;
  }

  /** `host:port` of each node. */
  get addresses(): string[] {
    return this.nodes.map(({ address }) => address);
  }

  /** The nodes with slots now, in the order of their first slot. */
  async primaries(): Promise<ClusterNode[]> {
    const views = (await this.#view()).filter(({ slots }) => slots.length > 0);
    return views.toSorted((a, b) => a.slots[0]! - b.slots[0]!).map(({ id }) => this.#byId(id));
  }

  async replicasOf({ id }: ClusterNode): Promise<ClusterNode[]> {
    return (await this.#view())
      .filter(({ primaryId }) => primaryId === id)
      .map((replica) => this.#byId(replica.id));
  }

  /** Who has a slot, or a key's slot, now. */
  async ownerOf(slotOrKey: number | string): Promise<ClusterNode> {
    const slot = typeof slotOrKey === 'number' ? slotOrKey : slotOfKey(slotOrKey);
    const owner = (await this.#view()).find(({ slots }) => slots.includes(slot));
    if (!owner) throw new Error(`Cannot tell the owner of slot ${slot}: nobody has it`);
    return this.#byId(owner.id);
  }

  /** All running nodes agree, they serve all slots, all replicas are in step. */
  async whenReady(): Promise<void> {
    const running = this.#running();
    await until('all nodes of the cluster agree', async () => {
      const seen = await Promise.all(running.map((node) => readyView(node, running)));
      return seen.every((one) => one !== null && one === seen[0]);
    });
  }

  /** A new node: an empty primary, or a replica that is in step. */
  async addNode({ asReplicaOf }: { asReplicaOf?: ClusterNode } = {}): Promise<ClusterNode> {
    const [node] = await this.#startNodes(1);
    if (asReplicaOf) await this.#replicate(node!, asReplicaOf);
    await this.whenReady();
    return node!;
  }

  /** Takes a node out of the cluster for good. It must have no slots and no replicas. */
  async removeNode(node: ClusterNode): Promise<void> {
    this.nodes.splice(this.nodes.indexOf(node), 1);
    await node[Symbol.asyncDispose]();
    const running = this.#running();
    await Promise.all(running.map((other) => other.expectOk('CLUSTER', 'FORGET', node.id)));
    await this.whenReady();
  }

  /** Makes a replica the primary: with its primary's help, or (FORCE, TAKEOVER) without. */
  async failover(
    replica: ClusterNode,
    how: 'agreed' | 'FORCE' | 'TAKEOVER' = 'agreed',
  ): Promise<void> {
    await replica.expectOk('CLUSTER', 'FAILOVER', ...(how === 'agreed' ? [] : [how]));
    await until(`${replica.address} is a primary`, async () =>
      (await replica.view()).some(({ id, isPrimary }) => id === replica.id && isPrimary),
    );
    await this.whenReady();
  }

  /** Moves slots with their keys: some (a number: the first of `from`), or those named. */
  async reshard(move: {
    from: ClusterNode;
    to: ClusterNode;
    slots: number | readonly number[];
  }): Promise<void> {
    const { from, to, slots } = move;
    const chosen = typeof slots === 'number' ? (await from.slots()).slice(0, slots) : slots;
    for (const slot of chosen) {
      await this.beginMove({ slot, from, to });
      await this.moveKeys({ slot, from, to });
      await this.endMove({ slot, from, to });
    }
    await this.whenReady();
  }

  /** From here on `from` answers ASK for the slot's keys that it does not have. */
  async beginMove({ slot, from, to }: SlotMove): Promise<void> {
    await to.expectOk('CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', from.id);
    await from.expectOk('CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', to.id);
  }

  /** Moves these keys of a slot, or all. */
  async moveKeys({ slot, from, to, keys }: SlotMove & { keys?: readonly string[] }): Promise<void> {
    const { password } = this.#options;
    const auth = password === undefined ? [] : ['AUTH', password];
    const next = async () =>
      (await from.ask('CLUSTER', 'GETKEYSINSLOT', String(slot), String(KEYS_PER_MOVE))) as string[];
    for (let batch = keys ?? (await next()); batch.length > 0; batch = keys ? [] : await next()) {
      const target = [to.host, String(to.port), '', '0', '5000'];
      await from.expectOk('MIGRATE', ...target, 'REPLACE', ...auth, 'KEYS', ...batch);
    }
  }

  /** The slot is the new owner's, and all primaries know. */
  async endMove({ slot, from, to }: SlotMove): Promise<void> {
    const setOwner = (node: ClusterNode) =>
      node.expectOk('CLUSTER', 'SETSLOT', String(slot), 'NODE', to.id);
    await setOwner(to);
    await setOwner(from);
    const others = (await this.primaries()).filter((node) => node !== to && node !== from);
    await Promise.all(others.map(setOwner));
  }

  /** Each node is replaced by a new one at a new address, one after the other, without loss. */
  async replaceAllNodes(): Promise<void> {
    for (const primary of await this.primaries()) {
      const replicas = await this.replicasOf(primary);
      const successor = await this.addNode({ asReplicaOf: primary });
      await this.failover(successor);
      for (const replica of replicas) {
        await this.addNode({ asReplicaOf: successor });
        await this.removeNode(replica);
      }
      await this.removeNode(primary);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** For `startRedisCluster`. */
  async start(primaryCount: number, replicasPerPrimary: number): Promise<void> {
    const nodes = await this.#startNodes(primaryCount * (1 + replicasPerPrimary));
    await Promise.all(
      distributeSlots(primaryCount).map((range, n) =>
        nodes[n]!.expectOk('CLUSTER', 'ADDSLOTSRANGE', ...range.split('-')),
      ),
    );
    await Promise.all(
      nodes
        .slice(primaryCount)
        .map((replica, n) => this.#replicate(replica, nodes[n % primaryCount]!)),
    );
    await this.whenReady();
  }

  /** New nodes that know all the others, and are known. */
  async #startNodes(count: number): Promise<ClusterNode[]> {
    const free = await freeAddresses(2 * count, this.nodes[0]?.host);
    const started = await Promise.allSettled(
      Array.from({ length: count }, (_, n) =>
        ClusterNode.start(this.#options, free[n]!, free[n + count]!.port),
      ),
    );
    const known = this.#running();
    const added = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    this.nodes.push(...added);
    for (const one of started) if (one.status === 'rejected') throw one.reason;
    for (const node of added) {
      await Promise.all(known.map((other) => meet(node, other)));
      known.push(node);
    }
    await until('all nodes of the cluster know each other', async () => {
      const views = await Promise.all(known.map((node) => node.view()));
      return views.every((view) => known.every((node) => isKnown(view, node)));
    });
    return added;
  }

  async #replicate(replica: ClusterNode, primary: ClusterNode): Promise<void> {
    await replica.expectOk('CLUSTER', 'REPLICATE', primary.id);
  }

  async #view(): Promise<NodeView[]> {
    const [node] = this.#running();
    if (!node) throw new Error('Cannot see the cluster: none of its nodes runs');
    return node.view();
  }

  #running(): ClusterNode[] {
    return this.nodes.filter(({ isRunning }) => isRunning);
  }

  #byId(id: string): ClusterNode {
    const node = this.nodes.find((one) => one.id === id);
    if (!node) throw new Error(`Cannot find node ${id}: it is not one of ours`);
    return node;
  }
}

type SlotMove = { readonly slot: number; readonly from: ClusterNode; readonly to: ClusterNode };

function slotOfKey(key: string): number {
  const bytes = Buffer.from(key);
  return keySlot(bytes, 0, bytes.length);
}

async function meet(node: ClusterNode, other: ClusterNode): Promise<void> {
  await node.expectOk('CLUSTER', 'MEET', other.host, String(other.port), String(other.busPort));
}

function isKnown(view: readonly NodeView[], node: ClusterNode): boolean {
  return view.some(({ id, isInDoubt }) => id === node.id && !isInDoubt);
}

/** What a node sees; null: not all slots are served, not all nodes known, or it is not in step. */
async function readyView(
  node: ClusterNode,
  running: readonly ClusterNode[],
): Promise<string | null> {
  const info = await node.askText('CLUSTER', 'INFO');
  const replication = await node.askText('INFO', 'replication');
  const isInStep = /role:master|master_link_status:up/.test(replication);
  if (!isInStep || !info.includes('cluster_state:ok')) return null;
  const views = await node.view();
  const isServed = views.every(
    ({ id, slots }) => slots.length === 0 || running.some((one) => one.id === id),
  );
  return isServed && running.every((one) => isKnown(views, one)) ? agreementOf(views) : null;
}
