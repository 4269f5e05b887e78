/** What a written spec changes in the records. Pure. */
import type { z } from 'zod';
import type { routes } from '@keyfleet/api';
import { isSameSpec, type ClusterSpec } from '@keyfleet/lifecycle';
import { credentialsId } from '@keyfleet/runtime';
import { records } from '@keyfleet/store';
import type { Draft } from '../act/compose-write.ts';
import { UnreadableCluster } from '../observe/cluster-record.ts';
import type { ClusterRecord, ClusterState } from '../observe/store-state.ts';
import { ApiFault } from './api-fault.ts';

type Written = z.output<typeof routes.putCluster.body>;

/** Undefined: everything is as it was written. */
export function specDraft(
  state: ClusterState,
  { spec, secret }: Written,
  nowMs: number,
): Draft | undefined {
  const { cluster } = state;
  const drafts = [
    cluster ? changedSpec(cluster.value, spec) : newCluster(state, spec, nowMs),
    secret === undefined ? undefined : changedCredentials(state, secret),
  ].filter((draft) => draft !== undefined);
  if (drafts.length === 0) return undefined;
  return {
    operations: drafts.flatMap(({ operations }) => operations),
    events: drafts.flatMap(({ events }) => events),
  };
}

function newCluster(state: ClusterState, spec: ClusterSpec, nowMs: number): Draft {
  if (state.broken.size > 0) throw new UnreadableCluster(state);
  const { name } = state;
  const fresh = { generation: 1, createdAtMs: nowMs, retired: false, forgetting: false };
  const facts = { shards: spec.shards, replicasPerShard: spec.replicasPerShard };
  const message = `Cluster ${name} is created`;
  return {
    operations: [put({ name, spec, ...fresh })],
    events: [{ type: 'clusterCreated', message, facts }],
  };
}

function changedSpec(before: ClusterRecord, spec: ClusterSpec): Draft | undefined {
  const { name, retired, forgetting } = before;
  // The caller has waited for its end: somebody asked for it again.
  if (forgetting) throw new ApiFault(503, 'CONFLICT', `Cluster ${name} is being forgotten`);
  const isChanged = !isSameSpec(before.spec, spec);
  if (!isChanged && !retired) return undefined;
  refuseRebuild(before, spec);
  const generation = before.generation + (isChanged ? 1 : 0);
  const facts = { generation };
  const changed = { type: 'specChanged', message: `Cluster ${name} has spec ${generation}`, facts };
  const revived = { type: 'clusterRevived', message: `Cluster ${name} is taken up again` };
  return {
    operations: [put({ ...before, spec, generation, retired: false })],
    events: [...(isChanged ? [changed] : []), ...(retired ? [revived] : [])],
  };
}

/** Of the secret itself nothing is told. */
function changedCredentials(
  { name, credentials }: ClusterState,
  secret: string | null,
): Draft | undefined {
  if ((credentials?.value.secret ?? null) === secret) return undefined;
  const key = records.credentials.key({ cluster: name });
  const id = secret === null ? null : credentialsId(secret);
  const message = `Cluster ${name} has ${id === null ? 'no' : 'new'} credentials`;
  return {
    operations: [
      secret === null
        ? { delete: key }
        : { put: key, value: records.credentials.encode({ secret }) },
    ],
    events: [{ type: 'credentialsChanged', message, facts: { credentialsId: id } }],
  };
}

function put(record: ClusterRecord): { put: string; value: string } {
  const key = records.cluster.key({ cluster: record.name });
  return { put: key, value: records.cluster.encode(record) };
}

function refuseRebuild({ spec: before, retired }: ClusterRecord, after: ClusterSpec): void {
  const [old, wanted] = [fixedIn(before, retired), fixedIn(after, retired)];
  const changed = Object.keys(old)
    .filter((field) => old[field] !== wanted[field])
    .map((field) => `spec.${field}  changing ${old[field]} to ${wanted[field]} is not built yet`);
  if (changed.length === 0) return;
  const count = changed.length === 1 ? '1 change is' : `${changed.length} changes are`;
  throw new ApiFault(
    409,
    'NOT_BUILT',
    `Cannot change the cluster: ${count} not built yet`,
    changed,
  );
}

/** What stays, as it is shown. Of a retired cluster no server runs, and the next ones may have another image. */
function fixedIn(spec: ClusterSpec, isRetired: boolean): Record<string, string> {
  const { shards, replicasPerShard, engine, persistence } = spec;
  const fixed = {
    shards,
    replicasPerShard,
    'engine.flavor': engine.flavor,
    ...(!isRetired && { 'engine.image': engine.image ?? "the flavor's" }),
    'persistence.mode': persistence.mode,
  };
  return Object.fromEntries(Object.entries(fixed).map(([field, value]) => [field, String(value)]));
}
