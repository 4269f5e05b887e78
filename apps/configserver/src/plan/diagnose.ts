/** What is the matter with a shard's primary: one word, on which the remedy depends (plan-shard.ts). */
import { NOWHERE } from '@keyfleet/lifecycle';
import type { ServerInfo } from '../observe/server-info.ts';
import type { NodeView, ShardView } from './cluster-view.ts';

export type Diagnosis =
  /** It never had a primary. */
  | 'unfounded'
  /** A promotion was recorded, and the life that it names is not known to be gone. */
  | 'promotionPending'
  | 'primarySilent'
  /** The life that was promoted is over: whatever runs now has booted as an orphan. */
  | 'primaryRestarted'
  /** The same life, but somebody took its role. */
  | 'primaryDemoted'
  | 'primaryServes';

export function diagnose({ record, nodes }: ShardView): Diagnosis {
  if (record?.attempt) {
    const { node, runId } = record.attempt;
    const info = infoOf(nodes.find(({ id }) => id === node));
    if (info === undefined || info.runId === runId) return 'promotionPending';
  }
  if (!record?.primary) return 'unfounded';
  const { node, runId } = record.primary;
  const info = infoOf(nodes.find(({ id }) => id === node));
  if (!info) return 'primarySilent';
  if (info.runId !== runId) return 'primaryRestarted';
  return info.role === 'primary' ? 'primaryServes' : 'primaryDemoted';
}

export function infoOf(node: NodeView | undefined): ServerInfo | undefined {
  return node && 'info' in node.observation ? node.observation.info : undefined;
}

/** Attached to nobody: it confirms nothing, serves nothing and changes no more. */
export function isSealed({ role, master }: ServerInfo): boolean {
  return role === 'replica' && master?.host === NOWHERE.host && master.port === NOWHERE.port;
}

/** "shard-0-1 does not answer (connection refused)" for the first that is silent. */
export function silenceOf(nodes: readonly NodeView[]): string | undefined {
  for (const { id, observation } of nodes) {
    if ('fault' in observation) return `${id} does not answer (${observation.fault})`;
  }
  return undefined;
}
