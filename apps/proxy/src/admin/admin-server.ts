import { addHealthRoutes } from '@keyfleet/runtime';
import fastify, { type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { ClientRegistry } from '../downstream/client-registry.ts';
import { clientLine } from '../local/handshake.ts';
import type { Routing } from '../route/routing.ts';
import { Readiness } from './readiness.ts';

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
  const readiness = new Readiness(sources);
  addHealthRoutes(app, { registry, notReadyBecause: () => readiness.notReadyBecause() });
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
