import type { Address } from '@keyfleet/lifecycle';
import { askServer } from './ask-server.ts';
import { parseClusterNodes, type SeenNode } from './cluster-nodes.ts';

/** What a node of a Redis Cluster says of itself and of the others. */
export type NodeView = {
  readonly self: SeenNode;
  readonly nodes: readonly SeenNode[];
  /** It takes commands: all slots have an owner, and it sees most of the primaries. */
  readonly isServing: boolean;
  /** Slots that it knows an owner of. */
  readonly assignedSlots: number;
  /** A primary, or a replica that is in step. */
  readonly isInStep: boolean;
};

/** Null: it does not answer, or not yet. */
export async function observeNode(address: Address): Promise<NodeView | null> {
  try {
    const replies = await askServer(address, [
      ['CLUSTER', 'NODES'],
      ['CLUSTER', 'INFO'],
      ['INFO', 'replication'],
    ]);
    const texts = replies.filter((reply) => typeof reply === 'string');
    return texts.length === replies.length ? viewOf(texts) : null;
  } catch {
    return null;
  }
}

function viewOf([nodesText, info, replication]: readonly string[]): NodeView | null {
  const nodes = parseClusterNodes(nodesText!);
  const self = nodes.find(({ isSelf }) => isSelf);
  if (!self) return null;
  return {
    self,
    nodes,
    isServing: info!.includes('cluster_state:ok'),
    assignedSlots: Number(/cluster_slots_assigned:(\d+)/.exec(info!)?.[1]),
    isInStep: /role:master|master_link_status:up/.test(replication!),
  };
}
