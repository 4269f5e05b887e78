/** Views for the planners' tests, written as a reader would draw them. */
import type { ServerInfo } from '../observe/server-info.ts';
import type { ShardRecord } from '../observe/store-state.ts';
import type { Finding } from '../plan/choose-winner.ts';
import type { NodeView, ShardView } from '../plan/cluster-view.ts';
import type { SyncState } from '../plan/replica-sync.ts';

const NOWHERE = { host: '127.0.0.1', port: 1 };

export function runId(life: number): string {
  return life.toString(16).padStart(40, '0');
}

export function addressOf(ordinal: number): { host: string; port: number } {
  return { host: '127.0.81.1', port: 7000 + ordinal };
}

export function info(life: number, parts: Partial<ServerInfo> = {}): ServerInfo {
  return {
    runId: runId(life),
    pid: life,
    configFile: '',
    role: 'replica',
    master: NOWHERE,
    isLinkUp: false,
    isSyncing: false,
    isLoading: false,
    offset: 0,
    replId: 'a',
    keys: 0,
    replicas: [],
    ...parts,
  };
}

export const primary: Partial<ServerInfo> = { role: 'primary', master: null };
export const following: Partial<ServerInfo> = { master: addressOf(0), isLinkUp: true };

/** The node at its ordinal: what it says, or why it is silent. */
export function node(ordinal: number, seen: ServerInfo | string): NodeView {
  const observation = typeof seen === 'string' ? { fault: seen } : { info: seen };
  return {
    id: `shard-0-${ordinal}`,
    shard: 'shard-0',
    ordinal,
    ...addressOf(ordinal),
    observation,
  };
}

/** Epoch 3, led by life 1 of shard-0-0. */
export function record(parts: Partial<ShardRecord> = {}): ShardRecord {
  const founded = { epoch: 3, primary: { node: 'shard-0-0', runId: runId(1) } };
  return { id: 'shard-0', slots: '0-16383', readable: [], attempt: null, ...founded, ...parts };
}

export function shard(nodes: readonly NodeView[], parts: Partial<ShardView> = {}): ShardView {
  return {
    id: 'shard-0',
    slots: '0-16383',
    record: record(),
    nodes,
    nodesExpected: nodes.length,
    isPublished: true,
    findings: new Map(),
    sync: new Map(),
    ...parts,
  };
}

/** Of epoch 3. */
export function found(life: number, seq: number | null, keys: number): Finding {
  return { runId: runId(life), epoch: 3, stamp: seq === null ? null : { epoch: 3, seq }, keys };
}

export function caughtUp(life: number): SyncState {
  return {
    runId: runId(life),
    primaryRunId: runId(1),
    targetOffset: 0,
    isCaughtUp: true,
    lastLinkedMs: 0,
  };
}
