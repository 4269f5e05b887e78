/**
 * How a shard gets its primary when none serves: founding, recovery after restarts, and the promotion that both end in.
 * The order is always: record the attempt → promote on the server → publish → (plan-replicas.ts) point the others
 * at it. A crash between any two leaves a server that nobody knows as primary, and a record that says how to go on.
 */
import { chooseWinner } from './choose-winner.ts';
import { diagnose, infoOf, isSealed, silenceOf } from './diagnose.ts';
import type { Candidate } from './choose-winner.ts';
import type { NodeView, ShardStep, ShardView } from './cluster-view.ts';
import type { ShardRecord } from '../observe/store-state.ts';

/** Of a shard that never had a primary. The cluster's plan made sure that all nodes of all shards answer. */
export function planFounding(shard: ShardView): ShardStep {
  const { id, nodes, isPublished } = shard;
  if (isPublished) {
    return { do: 'block', shard: id, because: `${id} has slots but its record names no primary` };
  }
  const blocked = blockedFounding(shard);
  if (blocked !== undefined) return { do: 'block', shard: id, because: blocked };
  const waits = silenceOf(nodes) ?? loadingOf(nodes);
  const first = nodes[0];
  if (waits !== undefined || first?.ordinal !== 0) {
    return { do: 'wait', shard: id, because: waits ?? `${id} has no node of ordinal 0` };
  }
  return attempt(shard, first, `${id} is new, ordinal 0 is its first primary`);
}

/** Never take data for empty: it may be what is left of a cluster whose store was lost. */
function blockedFounding({ nodes }: ShardView): string | undefined {
  for (const node of nodes) {
    const keys = infoOf(node)?.keys ?? 0;
    if (keys > 0) return `${node.id} holds ${keys} keys, but the cluster is new`;
  }
  return undefined;
}

/** The attempt is in the store: now the server, then (when it was seen in its role) the publication. */
export function planPromotion(shard: ShardView): ShardStep {
  const record = shard.record!;
  const { node, runId, epoch } = record.attempt!;
  const info = infoOf(shard.nodes.find(({ id }) => id === node));
  if (!info) return waitFor(shard, `the promotion of ${node} is decided, and it does not answer`);
  if (info.role !== 'primary') {
    const because = `${node} was chosen as primary of epoch ${epoch}`;
    return { do: 'promote', shard: shard.id, node, runId, because };
  }
  const appointed = { ...record, epoch, primary: { node, runId }, readable: [], attempt: null };
  const because = `${node} is promoted`;
  return { do: 'appoint', shard: shard.id, record: appointed, because };
}

/**
 * The promoted life is over, so nobody holds a position that can be trusted. All nodes must answer, because the one
 * that is missing may be the one with the data. First seal all, then look: what was read cannot change any more.
 */
export function planRecovery(shard: ShardView): ShardStep {
  const { nodes, record } = shard;
  const last = record!.primary!.node;
  const reason = diagnose(shard) === 'primaryDemoted' ? 'lost its role' : 'restarted';
  const missing = silenceOf(nodes) ?? loadingOf(nodes);
  if (missing !== undefined) return waitFor(shard, `${last} ${reason}, and ${missing}`);

  const loose = nodes.find((node) => !isSealed(infoOf(node)!));
  if (loose) return toNode('seal', shard, loose, `${last} ${reason}: ${loose.id} must not change`);
  const unknown = nodes.find((node) => !isExamined(shard, node));
  if (unknown) return toNode('examine', shard, unknown, `${last} ${reason}: who has most?`);

  const choice = chooseWinner(
    nodes.map((node) => candidate(shard, node)),
    last,
  );
  if ('because' in choice) return { do: 'block', shard: shard.id, because: choice.because };
  const winner = nodes.find((node) => node.id === choice.winner.node)!;
  return attempt(shard, winner, `${last} ${reason}, ${describe(choice.winner)}`);
}

function isExamined({ findings, record }: ShardView, node: NodeView): boolean {
  const finding = findings.get(node.id);
  return finding?.runId === infoOf(node)!.runId && finding.epoch === record!.epoch;
}

function toNode(
  what: 'seal' | 'examine',
  shard: ShardView,
  node: NodeView,
  because: string,
): ShardStep {
  return { do: what, shard: shard.id, node: node.id, runId: infoOf(node)!.runId, because };
}

export function waitFor(shard: ShardView, because: string): ShardStep {
  return { do: 'wait', shard: shard.id, because };
}

function attempt(shard: ShardView, node: NodeView, because: string): ShardStep {
  const { id, slots } = shard;
  const empty = { id, slots, epoch: 0, primary: null, readable: [], attempt: null };
  const before: ShardRecord = shard.record ?? empty;
  const epoch = Math.max(before.epoch, before.attempt?.epoch ?? 0) + 1;
  const chosen = { epoch, node: node.id, runId: infoOf(node)!.runId };
  return { do: 'attempt', shard: id, record: { ...before, attempt: chosen }, because };
}

function loadingOf(nodes: readonly NodeView[]): string | undefined {
  const loading = nodes.find((node) => infoOf(node)?.isLoading);
  return loading && `${loading.id} is loading its data`;
}

function candidate(shard: ShardView, { id, ordinal }: NodeView): Candidate {
  return { ...shard.findings.get(id)!, node: id, ordinal };
}

function describe({ node, stamp, keys }: Candidate): string {
  if (!stamp) return `no node has data that ${node} lacks`;
  return `${node} has the greatest stamp (epoch ${stamp.epoch}, ${stamp.seq}) and ${keys} keys`;
}
