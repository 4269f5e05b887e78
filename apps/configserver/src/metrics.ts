/** What a scrape asks for is read from the cache and the reign then; only what passes is counted. */
import type { ClusterStatus } from '@keyfleet/api';
import { Counter, Gauge, Registry } from 'prom-client';
import type { Reign } from './act/reign.ts';
import { statusOf } from './api/status-of.ts';
import type { StateCache } from './observe/state-cache.ts';
import type { ClusterState } from './observe/store-state.ts';

export type Metrics = {
  readonly registry: Registry;
  readonly leaderTerms: Counter;
  readonly stepFailures: Counter<'cluster'>;
  readonly sessionsOpened: Counter<'cluster'>;
  /** `how`: closed by the proxy, or ended because it was not renewed. */
  readonly sessionsEnded: Counter<'cluster' | 'how'>;
  readonly apiRequests: Counter<'method' | 'route' | 'status'>;
};

type Sources = { readonly cache: StateCache; readonly reign: () => Reign | undefined };

export function createMetrics(sources: Sources): Metrics {
  const registry = new Registry();
  addRecordGauges(registry, sources.cache);
  addLeaderGauges(registry, sources);
  const counter = <L extends string>(name: string, help: string, labelNames: L[]): Counter<L> =>
    new Counter({ name: `keyfleet_${name}_total`, help, labelNames, registers: [registry] });
  return {
    registry,
    leaderTerms: counter('leader_terms', 'Elections that this configserver won.', []),
    stepFailures: counter('step_failures', 'Rounds of the control loop that failed.', ['cluster']),
    sessionsOpened: counter('sessions_opened', 'Proxy sessions opened here.', ['cluster']),
    sessionsEnded: counter('sessions_ended', 'Proxy sessions closed or ended here.', [
      'cluster',
      'how',
    ]),
    apiRequests: counter(
      'api_requests',
      'API requests answered, those that another forwarded among them.',
      ['method', 'route', 'status'],
    ),
  };
}

/** The same at every configserver. */
function addRecordGauges(registry: Registry, cache: StateCache): void {
  const gauge = (name: string, help: string, valueOf: (state: ClusterState) => number): void => {
    new Gauge({
      name: `keyfleet_${name}`,
      help,
      labelNames: ['cluster'],
      registers: [registry],
      collect() {
        this.reset();
        for (const state of cache.state.clusters.values()) {
          this.set({ cluster: state.name }, valueOf(state));
        }
      },
    });
  };
  gauge('topology_version', 'Version of the published topology.', ({ topology }) => {
    return topology?.value.version ?? 0;
  });
  gauge('readable_replicas', 'Replicas that are published as readable.', ({ shards }) =>
    [...shards.values()].reduce((sum, { value }) => sum + value.readable.length, 0),
  );
  gauge('sessions', 'Proxy sessions that are open.', ({ sessions }) => sessions.size);
}

/** Only the leader looks at servers, and not at those of a retired cluster. */
function addLeaderGauges(registry: Registry, { cache, reign }: Sources): void {
  const registers = [registry];
  const statuses = (): ClusterStatus[] => {
    const leader = reign();
    if (!leader) return [];
    return [...cache.state.clusters.values()]
      .filter(({ cluster }) => !cluster?.value.retired)
      .map((state) => statusOf(state, leader));
  };
  new Gauge({
    name: 'keyfleet_configserver_leads',
    help: 'Whether this configserver leads: 1, or 0.',
    registers,
    collect() {
      this.set(reign() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'keyfleet_nodes',
    help: 'Registered nodes by state, as the leader sees them.',
    labelNames: ['cluster', 'state'],
    registers,
    collect() {
      this.reset();
      for (const status of statuses()) {
        const cluster = status.name;
        for (const { state } of nodesOf(status)) this.inc({ cluster, state });
      }
    },
  });
  new Gauge({
    name: 'keyfleet_replica_lag_bytes',
    help: 'Bytes of the replication stream that a replica has not confirmed; absent when unknown.',
    labelNames: ['cluster', 'node'],
    registers,
    collect() {
      this.reset();
      for (const { name: cluster, shards } of statuses()) {
        for (const { id: node, lagBytes } of shards.flatMap(({ replicas }) => replicas)) {
          if (lagBytes !== null) this.set({ cluster, node }, lagBytes);
        }
      }
    },
  });
}

function nodesOf({ shards }: ClusterStatus): ClusterStatus['shards'][number]['replicas'] {
  return shards.flatMap(({ primary, replicas }) => (primary ? [primary, ...replicas] : replicas));
}
