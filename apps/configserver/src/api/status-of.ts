import type { ClusterStatus } from '@keyfleet/api';
import type { Reign } from '../act/reign.ts';
import type { ClusterState } from '../observe/store-state.ts';
import { clusterStatus } from './cluster-status.ts';

/** As the leader sees it. */
export function statusOf(state: ClusterState, reign: Reign): ClusterStatus {
  const keeper = reign.keeper(state.name);
  return clusterStatus(state, {
    observations: keeper?.observations ?? new Map(),
    step: keeper?.step,
    sessions: reign.sessions.leases(state.name),
  });
}
