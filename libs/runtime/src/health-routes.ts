import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, type Registry } from 'prom-client';

export type Health = {
  registry: Registry;
  /** Null when ready, else why not. */
  notReadyBecause(): string | null;
};

/** `/metrics`, `/healthz` (the process turns its event loop) and `/readyz` (it may be sent traffic). */
export function addHealthRoutes(app: FastifyInstance, health: Health): void {
  collectDefaultMetrics({ register: health.registry });
  app.get('/metrics', async (_request, reply) =>
    reply.type(health.registry.contentType).send(await health.registry.metrics()),
  );
  app.get('/healthz', () => ({ ok: true }));
  app.get('/readyz', async (_request, reply) => {
    const because = health.notReadyBecause();
    return because === null ? { ready: true } : reply.code(503).send({ ready: false, because });
  });
}
