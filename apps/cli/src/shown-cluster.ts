import type { ClusterStatus } from '@keyfleet/api';

/** A cluster as `keyfleet status` shows it, wherever it is. */
export type ShownCluster = {
  /** For people, and for `--cluster`; programs get `status.name`. */
  readonly name: string;
  readonly status: ClusterStatus;
  /** Of a cluster that the configserver does not know, what else is known; null: it does. */
  readonly unknown: { readonly phase: string; readonly because: string } | null;
};
