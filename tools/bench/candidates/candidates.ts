/** What is measured side by side, as data: a candidate more is an entry more. */
import type { Address } from '@keyfleet/testkit';
import { SPREAD_SHARDS } from '../workloads/workloads.ts';
import { startDirect } from './direct.ts';
import { startDirectCluster } from './direct-cluster.ts';
import { startEnvoy } from './envoy.ts';
import { startKeyfleet } from './keyfleet.ts';
import { startKeyfleetOverCluster } from './keyfleet-over-cluster.ts';
import { startTwemproxy } from './twemproxy.ts';

/** What is started is put on the stack, which stops it all. */
export type Start = (stack: AsyncDisposableStack) => Promise<Started | Absent>;

export type Started = {
  readonly version: string;
  readonly address: Address;
  /** Servers of a Redis Cluster without anything in front: redis-benchmark itself finds who has a slot. */
  readonly isCluster: boolean;
  /** Null: there is nothing between client and server. */
  readonly proxyPid: number | null;
  readonly serverPids: readonly number[];
};

/** It cannot be had here, and why. */
export type Absent = { readonly absent: string };

export type Candidate = {
  readonly name: string;
  /** Must be fetched first, so not part of a quick run. */
  readonly isFetched: boolean;
  readonly isProxy: boolean;
  readonly start: Start;
};

export const OURS = 'keyfleet';
export const OURS_TWO_WORKERS = 'keyfleet 2 workers';
export const OURS_OVER_CLUSTER = 'keyfleet over a Redis Cluster';
export const ENVOY = 'Envoy';
export const DIRECT = 'direct';
const BESIDE = 'keyfleet beside';

/** The others are shown as multiples of these. */
export const BASELINES: readonly string[] = [BESIDE, ENVOY, OURS, DIRECT];

export type Choice = {
  readonly root: string;
  /** Another checkout, by which a change is measured. */
  readonly beside: string | null;
};

export function candidatesOf({ root, beside }: Choice): readonly Candidate[] {
  const twoWorkers = { root, flags: ['--workers', '2'] };
  return [
    own(OURS, startKeyfleet({ root })),
    own(OURS_TWO_WORKERS, startKeyfleet(twoWorkers)),
    own(OURS_OVER_CLUSTER, startKeyfleetOverCluster(root)),
    ...(beside === null ? [] : [own(BESIDE, startKeyfleet({ root: beside }))]),
    fetched(ENVOY, startEnvoy),
    fetched('twemproxy', startTwemproxy),
    bare(DIRECT, startDirect),
    bare('direct 3 masters', startDirectCluster),
  ];
}

/** For requests that touch many shards. */
export function spreadCandidatesOf({ root }: Choice): readonly Candidate[] {
  const shards = SPREAD_SHARDS;
  return [
    own(`${OURS} ${shards} shards`, startKeyfleet({ root, shards })),
    bare(DIRECT, startDirect),
  ];
}

function own(name: string, start: Start): Candidate {
  return { name, isFetched: false, isProxy: true, start };
}

function fetched(name: string, start: Start): Candidate {
  return { name, isFetched: true, isProxy: true, start };
}

function bare(name: string, start: Start): Candidate {
  return { name, isFetched: false, isProxy: false, start };
}
