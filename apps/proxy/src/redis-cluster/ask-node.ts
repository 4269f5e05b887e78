/** What one node knows of its cluster. */
import { ErrorReply, ProtocolError, type Reply } from '@keyfleet/resp';
import type { ControlLine } from '../upstream/control-line.ts';
import type { ClusterView, Reached } from './cluster-view.ts';
import { readClusterInfo, type Standing } from './read-cluster-info.ts';
import { readClusterShards } from './read-cluster-shards.ts';
import { readClusterSlots } from './read-cluster-slots.ts';

export type Heard = {
  /** Null: it does not say who it is. */
  readonly nodeId: string | null;
  readonly standing: Standing | null;
  readonly view: ClusterView;
};

/** Rejects when it does not know, or does not say. */
export async function askNode(line: ControlLine, reached: Reached): Promise<Heard> {
  const [nodeId, info, shards] = await Promise.all([
    line.ask('CLUSTER', 'MYID'),
    line.ask('CLUSTER', 'INFO'),
    line.ask('CLUSTER', 'SHARDS'),
  ]);
  return {
    nodeId: typeof nodeId === 'string' ? nodeId : null,
    standing: readClusterInfo(info),
    view: viewOf(shards, reached) ?? (await askSlots(line, reached)),
  };
}

/** Null: CLUSTER SLOTS is to be asked. Before Redis 7 there is no CLUSTER SHARDS, and it may be denied. */
function viewOf(shards: Reply, reached: Reached): ClusterView | null {
  if (shards instanceof ErrorReply) return null;
  try {
    return readClusterShards(shards, reached);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

async function askSlots(line: ControlLine, reached: Reached): Promise<ClusterView> {
  const reply = await line.ask('CLUSTER', 'SLOTS');
  if (reply instanceof ErrorReply)
    throw new Error(`Cannot ask for the slots: the server says "${reply.text}"`);
  return readClusterSlots(reply, reached);
}
