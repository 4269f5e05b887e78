/**
 * What serves the clients of a cluster, as the control plane and the admin port see it: its data path in this process
 * (`--workers 1`, and inside each worker), or those of several processes (`PooledDataPlane`).
 */
import type { Running } from '@keyfleet/runtime';
import type { Topology } from '@keyfleet/topology';
import type { Registry } from 'prom-client';
import type { ClientView } from '../admin/client-view.ts';
import type { SlowView } from '../admin/slow-view.ts';
import type { Trouble } from '../topology/trouble-log.ts';

/** Permission to serve, as the last renewal that succeeded gave it (protocol P1). */
export type LeaseGrant = {
  /** Monotonic clock of the process that has it; Infinity with `lease: off`. */
  readonly validUntilMs: number;
  /** The most by which the wall clock may be ahead of the monotonic one. */
  readonly wallAheadMaxMs: number;
  /** What was current when the session opened: before that is in force nothing is served. */
  readonly version: number;
};

/** For a proxy that serves without a lease. */
export const NO_END: LeaseGrant = { validUntilMs: Infinity, wallAheadMaxMs: Infinity, version: 0 };

/** What the control plane steers. */
export interface Steered {
  /** In force, and its holds settled, wherever replies could still be passed on: what the session acknowledges. */
  readonly appliedVersion: number;
  readonly isServing: boolean;
  /** A version was settled: worth a renewal at once. */
  onSettled: () => void;
  /** A server says, or shows, that the topology is out of date. */
  onStale: (because: string) => void;
  /** The lease was opened or renewed. */
  grant(grant: LeaseGrant): void;
  /** Nothing may be served any more. */
  lapse(): void;
  apply(topology: Topology): void;
  /** From the disk: addresses, and permission only for a proxy that serves without a lease. */
  remember(topology: Topology, mayServe: boolean): void;
  /** What was applied is of another life of the cluster: it allows nothing and is acknowledged no more. */
  forget(): void;
  /** What went wrong at which server since the last call. */
  takeTrouble(): Trouble[];
}

/** Of one cluster. `stop`: to be called when no more clients come; answers what is pending within `drainMs`, and serves nothing from then on. */
export interface DataPlane extends Steered, Running {
  readonly topology: Topology | null;
  /** How often a lease lapsed. */
  readonly lapses: number;
  /** Counts what is counted while it runs. */
  readonly registry: Registry;
  /** Null: it may be sent traffic. */
  notReadyBecause(): string | null;
  clients(): Promise<ClientView[]>;
  /** Newest first. */
  slowLog(): Promise<SlowView[]>;
}
