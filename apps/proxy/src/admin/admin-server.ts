import { addHealthRoutes } from '@keyfleet/runtime';
import fastify, { type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { ClientRegistry } from '../downstream/client-registry.ts';
import { clientLine } from '../local/handshake.ts';
import type { Routing } from '../route/routing.ts';

export type AdminSources = {
  routing: Routing;
  clients: ClientRegistry;
  registry: Registry;
  appliedVersion: () => number;
  isDraining: () => boolean;
};

/** What `/clients` shows at most. */
const CLIENTS_SHOWN_MAX = 10_000;

export function createAdminServer(sources: AdminSources): FastifyInstance {
  const { routing, clients, registry } = sources;
  const app = fastify({ forceCloseConnections: true });
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send({ code: 'NOT_FOUND', message: `There is no ${request.method} ${request.url}` }),
  );
  addHealthRoutes(app, { registry, notReadyBecause: () => notReadyBecause(sources) });
  app.get('/topology', () => ({
    appliedVersion: sources.appliedVersion(),
    serving: routing.closedError === null,
    topology: routing.topology,
  }));
  app.get('/clients', () =>
    clients
      .all()
      .slice(0, CLIENTS_SHOWN_MAX)
      .map((client) => ({
        id: client.id,
        info: clientLine(client),
        requests: client.facts.requests,
        pending: client.pendingCount,
        heldBytes: client.heldBytes,
        waitsFor: client.parkedAt?.id ?? null,
      })),
  );
  return app;
}

function notReadyBecause({ routing, isDraining }: AdminSources): string | null {
  if (isDraining()) return 'draining';
  if (routing.closedError !== null)
    return Buffer.from(routing.closedError).toString().trim().slice(1);
  const away = routing.shards.filter((shard) => !shard.isReachable()).map((shard) => shard.id);
  return away.length === 0 ? null : `no connection to ${away.join(', ')}`;
}
