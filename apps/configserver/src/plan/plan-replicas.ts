/** Replicas of a primary that serves: first what is published about them, then where they are attached. */
import { infoOf, silenceOf } from './diagnose.ts';
import { waitFor } from './plan-promotion.ts';
import type { NodeView, ShardStep, ShardView } from './cluster-view.ts';

/** Invariant: nothing is ever pointed at a server that is not the published primary (design §5). */
export function planReplicas(shard: ShardView): ShardStep {
  const { id, nodes, nodesExpected, isPublished } = shard;
  const primary = nodes.find((node) => node.id === shard.record!.primary!.node)!;
  if (!isPublished) {
    return { do: 'nothing', shard: id, because: `${primary.id} is ready to be published` };
  }
  const replicas = nodes.filter((node) => node !== primary);
  const publication = planReadable(shard, replicas);
  if (publication) return publication;

  const stray = replicas.find((node) => isStray(node, primary));
  if (stray) {
    const because = `${stray.id} does not follow ${primary.id}`;
    const { runId } = infoOf(stray)!;
    const { host, port } = primary;
    return { do: 'attach', shard: id, node: stray.id, runId, to: { host, port }, because };
  }
  const unfit = silenceOf(replicas) ?? unsynced(shard, replicas);
  if (unfit !== undefined) return waitFor(shard, unfit);
  if (nodes.length < nodesExpected) {
    return waitFor(shard, `${nodes.length} of ${nodesExpected} nodes are registered`);
  }
  return {
    do: 'nothing',
    shard: id,
    because: `${primary.id} serves, ${replicas.length} replicas are in sync`,
  };
}

function planReadable(shard: ShardView, replicas: readonly NodeView[]): ShardStep | undefined {
  const record = shard.record!;
  const readable = replicas.flatMap(({ id }) => {
    const state = shard.sync.get(id);
    return state?.isCaughtUp ? [{ node: id, runId: state.runId }] : [];
  });
  const before = new Set(record.readable.map(({ node, runId }) => `${node} ${runId}`));
  const joined = readable.filter(({ node, runId }) => !before.delete(`${node} ${runId}`));
  if (joined.length === 0 && before.size === 0) return undefined;
  const left = [...before].map((entry) => `${entry.split(' ')[0]!} is out of sync`);
  const because = [...joined.map(({ node }) => `${node} is in sync`), ...left].join(', ');
  return { do: 'setReadable', shard: shard.id, record: { ...record, readable }, because };
}

/** While it loads it takes no command; it is looked at again. */
function isStray(node: NodeView, { host, port }: NodeView): boolean {
  const info = infoOf(node);
  if (!info || info.isLoading) return false;
  return info.role === 'primary' || info.master?.host !== host || info.master.port !== port;
}

function unsynced({ sync }: ShardView, replicas: readonly NodeView[]): string | undefined {
  const behind = replicas.find((node) => !sync.get(node.id)?.isCaughtUp);
  if (!behind) {
    const cut = replicas.find((node) => !infoOf(node)!.isLinkUp);
    return cut && `${cut.id} lost its link to the primary`;
  }
  const info = infoOf(behind)!;
  return `${behind.id} is ${info.isLoading ? 'loading its data' : 'syncing'}`;
}
