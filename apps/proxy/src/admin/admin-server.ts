import { addHealthRoutes } from '@keyfleet/runtime';
import fastify, { type FastifyInstance } from 'fastify';
import type { DataPlane } from '../workers/data-plane.ts';
import { addServiceMetrics } from './service-metrics.ts';

/** What `/clients` shows at most. */
const CLIENTS_SHOWN_MAX = 10_000;
/** And `/slowlog`. */
const SLOW_SHOWN_MAX = 10_000;

/** One for the whole proxy, however many processes serve its clients. */
export function createAdminServer(plane: DataPlane): FastifyInstance {
  const app = fastify({ forceCloseConnections: true });
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send({ code: 'NOT_FOUND', message: `There is no ${request.method} ${request.url}` }),
  );
  const { registry } = plane;
  addServiceMetrics(registry, plane);
  addHealthRoutes(app, { registry, notReadyBecause: () => plane.notReadyBecause() });
  app.get('/topology', () => ({
    appliedVersion: plane.appliedVersion,
    serving: plane.isServing,
    topology: plane.topology,
  }));
  app.get('/clients', async () => (await plane.clients()).slice(0, CLIENTS_SHOWN_MAX));
  app.get('/slowlog', async () => (await plane.slowLog()).slice(0, SLOW_SHOWN_MAX));
  return app;
}
