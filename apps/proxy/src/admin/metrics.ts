/** Metrics are read from counters that the hot path keeps anyway, when somebody asks. */
import { commands } from '@keyfleet/commands';
import { Counter, Gauge, Registry } from 'prom-client';
import type { ClientRegistry } from '../downstream/client-registry.ts';
import { counterHelp, type Counters } from './counters.ts';
import type { Router } from '../route/router.ts';
import type { Routing } from '../route/routing.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';

export type MetricSources = {
  router: Router;
  routing: Routing;
  clients: ClientRegistry;
  counters: Counters;
  appliedVersion: () => number;
};

export function createMetrics(sources: MetricSources): Registry {
  const registry = new Registry();
  countRequests(registry, sources.router);
  counter(
    registry,
    'clients_refused',
    'Connections refused at the limit.',
    () => sources.clients.refusedCount,
  );
  for (const [key, help] of Object.entries(counterHelp)) {
    const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    counter(registry, name, help, () => sources.counters[key as keyof Counters]);
  }
  for (const [name, [help, read]] of Object.entries(gaugesOf(sources))) {
    new Gauge({
      name: `keyfleet_proxy_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  }
  return registry;
}

function gaugesOf({
  clients,
  routing,
  appliedVersion,
}: MetricSources): Record<string, [string, () => number]> {
  const sumOfShards = (of: (shard: ShardUpstream) => number) => () =>
    routing.shards.reduce((sum, shard) => sum + of(shard), 0);
  return {
    clients: ['Open client connections.', () => clients.size],
    client_held_bytes: [
      'Bytes kept for clients: requests, pending and unread replies.',
      () => clients.all().reduce((sum, client) => sum + client.heldBytes, 0),
    ],
    parked_clients: [
      'Clients whose command waits for its shard.',
      sumOfShards((shard) => shard.parking.length),
    ],
    in_flight: [
      'Requests sent to servers and not answered.',
      sumOfShards((shard) => shard.pendingCount()),
    ],
    shards_unreachable: [
      'Shards without a connection that is ready.',
      sumOfShards((shard) => (shard.isReachable() ? 0 : 1)),
    ],
    topology_version: ['Version in force, its holds settled.', appliedVersion],
    serving: [
      '1 while a lease and a current topology allow serving.',
      () => (routing.closedError === null ? 1 : 0),
    ],
  };
}

function countRequests(registry: Registry, router: Router): void {
  new Counter({
    name: 'keyfleet_proxy_requests_total',
    help: 'Requests by command.',
    labelNames: ['command'],
    registers: [registry],
    collect() {
      this.reset();
      router.requestCounts.forEach((count, index) => {
        if (count > 0) this.inc({ command: commands[index]!.name }, count);
      });
      if (router.unknownCount > 0) this.inc({ command: 'unknown' }, router.unknownCount);
    },
  });
}

function counter(registry: Registry, name: string, help: string, read: () => number): void {
  new Counter({
    name: `keyfleet_proxy_${name}_total`,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}
