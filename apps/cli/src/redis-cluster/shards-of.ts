import type { ClusterStatus, NodeStatus } from '@keyfleet/api';
import type { Address } from '@keyfleet/lifecycle';
import type { SeenNode } from './cluster-nodes.ts';
import type { NodeView } from './observe-node.ts';

type ShardStatus = ClusterStatus['shards'][number];

/** A server of ours: where it is, and what it says; null: nothing. */
export type OwnNode = {
  readonly address: Address;
  readonly pid: number | null;
  readonly view: NodeView | null;
};

/** Primaries that have slots, each with its replicas, by the first slot. Those of ours have the names of their processes. */
export function shardsOf(
  seen: readonly SeenNode[],
  own: ReadonlyMap<string, OwnNode>,
): ShardStatus[] {
  const primaries = seen.filter(({ slots }) => slots !== '');
  return primaries
    .toSorted((a, b) => firstSlot(a) - firstSlot(b))
    .map((primary) => {
      const replicas = seen.filter(({ primaryId }) => primaryId === primary.id);
      const nodes = [primary, ...replicas].map((node) => nodeStatus(node, own));
      const [first, ...others] = nodes;
      const unfit = nodes.find(({ state }) => state !== 'primary' && state !== 'replica');
      return {
        id: first!.id.replace(/-\d+$/, ''),
        slots: primary.slots,
        epoch: 0,
        primary: first!,
        replicas: others,
        because: unfit ? `${unfit.id} is ${unfit.state}` : null,
      };
    });
}

function nodeStatus(node: SeenNode, own: ReadonlyMap<string, OwnNode>): NodeStatus {
  const { host, port, id } = node;
  const [name, ours] = [...own].find(
    ([, { address }]) => address.host === host && address.port === port,
  ) ?? [id.slice(0, 8), null];
  return {
    id: name,
    address: `${host}:${port}`,
    pid: ours?.pid ?? null,
    state: stateOf(node, ours?.view ?? null),
    lagBytes: null,
  };
}

function stateOf(node: SeenNode, view: NodeView | null): NodeStatus['state'] {
  if (node.hasFailed || !view) return 'unreachable';
  if (node.isPrimary) return 'primary';
  return view.isInStep ? 'replica' : 'unlinked';
}

function firstSlot({ slots }: SeenNode): number {
  return Number.parseInt(slots, 10);
}
