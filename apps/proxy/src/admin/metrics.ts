/** Metrics are read from counters that the hot path keeps anyway, when somebody asks. */
import { commands } from '@keyfleet/commands';
import { Counter, Gauge, Registry } from 'prom-client';
import type { ClientRegistry } from '../downstream/client-registry.ts';
import type { Router } from '../route/router.ts';
import type { Routing } from '../route/routing.ts';

export type MetricSources = {
  router: Router;
  routing: Routing;
  clients: ClientRegistry;
  appliedVersion: () => number;
};

export function createMetrics({
  router,
  routing,
  clients,
  appliedVersion,
}: MetricSources): Registry {
  const registry = new Registry();
  const registers = [registry];
  new Counter({
    name: 'keyfleet_proxy_requests_total',
    help: 'Requests by command.',
    labelNames: ['command'],
    registers,
    collect() {
      this.reset();
      router.requestCounts.forEach((count, index) => {
        if (count > 0) this.inc({ command: commands[index]!.name }, count);
      });
      if (router.unknownCount > 0) this.inc({ command: 'unknown' }, router.unknownCount);
    },
  });
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: `keyfleet_proxy_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  gauge('clients', 'Open client connections.', () => clients.size);
  gauge('clients_refused_total', 'Connections refused at the limit.', () => clients.refusedCount);
  gauge('client_held_bytes', 'Bytes kept for clients: requests, pending and unread replies.', () =>
    clients.all().reduce((sum, client) => sum + client.heldBytes, 0),
  );
  gauge('parked_clients', 'Clients whose command waits for its shard.', () =>
    routing.shards.reduce((sum, shard) => sum + shard.parking.length, 0),
  );
  gauge('in_flight', 'Requests sent to servers and not answered.', () =>
    routing.shards.reduce((sum, shard) => sum + shard.pendingCount(), 0),
  );
  gauge('topology_version', 'Version in force, its holds settled.', appliedVersion);
  gauge('serving', '1 while a lease and a current topology allow serving.', () =>
    routing.closedError === null ? 1 : 0,
  );
  return registry;
}
