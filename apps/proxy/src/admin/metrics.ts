/** Metrics of one data path. */
import { commands } from '@keyfleet/commands';
import { Counter, Registry } from 'prom-client';
import type { DataPath } from '../data-path.ts';
import { addReadMetrics } from '../reads/read-metrics.ts';
import type { Router } from '../route/router.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import { counterHelp, type Counters } from './counters.ts';
import { addCounter, addGauge } from './metric.ts';

type MetricSources = Pick<
  DataPath,
  'router' | 'routing' | 'reads' | 'clients' | 'counters' | 'gauges'
>;

export function createMetrics(sources: MetricSources): Registry {
  const { router, clients, counters } = sources;
  const registry = new Registry();
  countRequests(registry, router);
  addCounter(registry, 'clients_refused', {
    help: 'Connections refused at the limit.',
    read: () => clients.refusedCount,
  });
  for (const [key, help] of Object.entries(counterHelp)) {
    const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    addCounter(registry, name, { help, read: () => counters[key as keyof Counters] });
  }
  addGauges(registry, sources);
  addReadMetrics(registry, sources.reads);
  for (const { name, ...reading } of sources.gauges) addGauge(registry, name, reading);
  return registry;
}

function addGauges(registry: Registry, { clients, routing }: MetricSources): void {
  const sumOfShards = (of: (shard: ShardUpstream) => number) => () =>
    routing.shards.reduce((sum, shard) => sum + of(shard), 0);
  addGauge(registry, 'clients', { help: 'Open client connections.', read: () => clients.size });
  addGauge(registry, 'client_held_bytes', {
    help: 'Bytes kept for clients: requests, pending and unread replies.',
    read: () => clients.all().reduce((sum, client) => sum + client.heldBytes, 0),
  });
  addGauge(registry, 'parked_clients', {
    help: 'Clients whose command waits for its shard.',
    read: sumOfShards((shard) => shard.parking.length),
  });
  addGauge(registry, 'in_flight', {
    help: 'Requests sent to servers and not answered.',
    read: sumOfShards((shard) => shard.pendingCount()),
  });
  addGauge(registry, 'shards_unreachable', {
    help: 'Shards without a connection that is ready, in the worker with most of them.',
    read: sumOfShards((shard) => (shard.isReachable() ? 0 : 1)),
    ofWorkers: 'max',
  });
}

function countRequests(registry: Registry, router: Router): void {
  new Counter({
    name: 'keyfleet_proxy_requests_total',
    help: 'Requests by command; foreign: those of modules and other commands that only the servers know.',
    labelNames: ['command'],
    registers: [registry],
    collect() {
      this.reset();
      router.requestCounts.forEach((count, index) => {
        if (count > 0) this.inc({ command: commands[index]?.name ?? 'foreign' }, count);
      });
      if (router.unknownCount > 0) this.inc({ command: 'unknown' }, router.unknownCount);
    },
  });
}
