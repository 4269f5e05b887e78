/** A cluster's own record, which everything that is asked about it begins with, or why the answer is no. */
import type { ClusterRecord, ClusterState } from './store-state.ts';

export class UnknownCluster extends Error {
  readonly code = 'CLUSTER_UNKNOWN';
  constructor(name: string) {
    super(`There is no cluster ${name}`);
  }
}

export class UnreadableCluster extends Error {
  readonly code = 'RECORD';
  readonly details: readonly string[];
  constructor({ name, broken }: ClusterState) {
    super(`Cannot read cluster ${name}: ${broken.size} records are damaged`);
    this.details = [...broken.values()].map(({ because }) => because);
  }
}

class RetiredCluster extends Error {
  readonly code = 'RETIRED';
  constructor(name: string) {
    super(`Cluster ${name} is retired: write its spec to take it up again`);
  }
}

export function clusterRecordOf(state: ClusterState): ClusterRecord {
  if (state.cluster) return state.cluster.value;
  if (state.broken.size > 0) throw new UnreadableCluster(state);
  throw new UnknownCluster(state.name);
}

/** Of a cluster whose servers are looked after. */
export function activeRecordOf(state: ClusterState): ClusterRecord {
  const record = clusterRecordOf(state);
  if (record.retired) throw new RetiredCluster(state.name);
  return record;
}
