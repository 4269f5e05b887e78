/**
 * What a change of records becomes in the store, purely. Three rules are kept here, once, for every writer:
 * the transaction compares the leader's term and the revision of everything it replaces; whatever changes the
 * published topology takes a new version in the same transaction; each event has the next number.
 */
import { eventKey, records, type Change, type Compare, type Operation } from '@keyfleet/store';
import { invariant } from '@keyfleet/runtime';
import { diffTopology, topologyFaults, type Topology } from '@keyfleet/topology';
import { topologyOf } from '../observe/assemble-topology.ts';
import { reduceBatch, revisionOf, type ClusterState } from '../observe/store-state.ts';

export type EventDraft = {
  readonly type: string;
  readonly message: string;
  readonly facts?: Readonly<Record<string, unknown>>;
};
export type Draft = {
  readonly operations: readonly Operation[];
  readonly events: readonly EventDraft[];
};
export type Transaction = { readonly compares: Compare[]; readonly operations: Operation[] };

export const EVENTS_KEPT = 1000;
const CHANGES_TOLD_MAX = 100;

export function composeWrite(
  state: ClusterState,
  draft: Draft,
  at: { readonly fence: Compare; readonly nowMs: number },
): Transaction {
  const operations = [...draft.operations, ...bumpVersion(state, draft.operations)];
  const published = topologyOf(applied(state, operations));
  const events = [...draft.events, ...topologyEvents(topologyOf(state), published)];
  const compares = new Map<string, number>();
  for (const operation of operations) {
    const key = keyOf(operation);
    compares.set(key, revisionOf(state, key));
  }
  const topologyKey = records.topology.key({ cluster: state.name });
  compares.set(topologyKey, revisionOf(state, topologyKey));
  const numbered = eventOperations(state, events, at.nowMs);
  for (const operation of numbered) if ('put' in operation) compares.set(operation.put, 0);
  return {
    compares: [at.fence, ...[...compares].map(([key, modRevision]) => ({ key, modRevision }))],
    operations: [...operations, ...numbered],
  };
}

function bumpVersion(state: ClusterState, operations: readonly Operation[]): Operation[] {
  const key = records.topology.key({ cluster: state.name });
  const before = topologyOf(state);
  if (!before || !state.topology || operations.some((operation) => keyOf(operation) === key)) {
    return [];
  }
  const after = topologyOf(applied(state, operations));
  if (!after || isSame(before, after)) return [];
  const value = { ...state.topology.value, version: before.version + 1 };
  return [{ put: key, value: records.topology.encode(value) }];
}

function topologyEvents(before: Topology | undefined, after: Topology | undefined): EventDraft[] {
  if (!after || after.version === before?.version) return [];
  const faults = topologyFaults(after);
  invariant(faults.length === 0, `Cannot publish topology: ${faults.join('; ')}`);
  const changes = diffTopology(before, after);
  const facts = {
    version: after.version,
    changes: changes.slice(0, CHANGES_TOLD_MAX),
    changeCount: changes.length,
  };
  return [{ type: 'topologyPublished', message: `Topology ${after.version} is published`, facts }];
}

function eventOperations(
  { name, events }: ClusterState,
  drafts: readonly EventDraft[],
  nowMs: number,
): Operation[] {
  const seqs = [...events.values()].map((event) => event.value.seq);
  let seq = seqs.at(-1) ?? 0;
  const puts = drafts.map(({ type, message, facts = {} }): Operation => {
    seq++;
    const value = records.event.encode({ seq, atMs: nowMs, type, message, facts });
    return { put: eventKey(name, seq), value };
  });
  const excess = seqs.filter((old) => old <= seq - EVENTS_KEPT).slice(0, drafts.length + 1);
  return [...puts, ...excess.map((old) => ({ delete: eventKey(name, old) }))];
}

/** What the cluster's state is after the operations; its revisions mean nothing. */
function applied(state: ClusterState, operations: readonly Operation[]): ClusterState {
  const before = { revision: 0, leader: undefined, clusters: new Map([[state.name, state]]) };
  const after = reduceBatch(before, { revision: 1, changes: operations.map(changeOf) });
  return after.clusters.get(state.name) ?? { ...state, topology: undefined };
}

function changeOf(operation: Operation): Change {
  if ('delete' in operation) return { type: 'delete', key: operation.delete, modRevision: 1 };
  const { put: key, value } = operation;
  return { type: 'put', entry: { key, value, createRevision: 1, modRevision: 1 } };
}

function keyOf(operation: Operation): string {
  return 'put' in operation ? operation.put : operation.delete;
}

function isSame(a: Topology, b: Topology): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
