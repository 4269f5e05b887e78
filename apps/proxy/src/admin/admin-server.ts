import { ConfigError, logLevels, systemClock, type LogTarget } from '@keyfleet/runtime';
import fastify, { type FastifyInstance } from 'fastify';
import { collectDefaultMetrics } from 'prom-client';
import { NotReloaded, type Reloaded } from '../reload/reloader.ts';
import type { DataPlane } from '../workers/data-plane.ts';
import type { DataPlanes } from '../workers/data-planes.ts';
import { metricsText } from './metrics-text.ts';
import { Standing } from './standing.ts';

/** What `/clients` shows at most, of a cluster. */
const CLIENTS_SHOWN_MAX = 10_000;
/** And `/slowlog`. */
const SLOW_SHOWN_MAX = 10_000;

export type AdminEnv = {
  readonly planes: DataPlanes;
  /** Why the upstream of a cluster is not found; empty: it is. */
  readonly failureOf: (cluster: string) => string;
  readonly reload: () => Promise<Reloaded>;
  /** `set` throws ConfigError for a file that cannot be written. */
  readonly log: { readonly target: () => LogTarget; readonly set: (target: LogTarget) => void };
};

type OfCluster = { readonly Querystring: { readonly cluster?: string } };

/** One for the whole proxy, however many processes serve its clients. */
export function createAdminServer({ planes, failureOf, reload, log }: AdminEnv): FastifyInstance {
  const app = fastify({ forceCloseConnections: true });
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send({ code: 'NOT_FOUND', message: `There is no ${request.method} ${request.url}` }),
  );
  const present = (): DataPlanes['planes'] => planes.planes;
  refuseUnknownClusters(app, present);
  addHealth(app, planes, failureOf);
  addViews(app, present);
  addReload(app, reload);
  addLog(app, log);
  return app;
}

/** Another map after each reload: it is asked for each time. */
type Planes = () => DataPlanes['planes'];

function refuseUnknownClusters(app: FastifyInstance, planes: Planes): void {
  app.addHook<OfCluster>('preHandler', async ({ query: { cluster } }, reply) => {
    if (cluster === undefined || planes().has(cluster)) return;
    const message = `There is no cluster ${cluster}, want ${[...planes().keys()].join(', ')}`;
    await reply.code(404).send({ code: 'NOT_FOUND', message });
  });
}

function addHealth(
  app: FastifyInstance,
  planes: DataPlanes,
  failureOf: AdminEnv['failureOf'],
): void {
  const standing = new Standing(systemClock.monotonicMs, failureOf);
  collectDefaultMetrics({ register: planes.registry });
  app.get('/metrics', async (_request, reply) =>
    reply.type(planes.registry.contentType).send(await metricsText(planes)),
  );
  app.get('/healthz', () => ({ ok: true }));
  app.get<OfCluster>('/readyz', async ({ query: { cluster } }, reply) => {
    const because =
      cluster === undefined
        ? standing.notReadyBecause(planes.planes)
        : standing.reasonOf(cluster, planes.planes.get(cluster)!);
    return because === null ? { ready: true } : reply.code(503).send({ ready: false, because });
  });
}

function addViews(app: FastifyInstance, planes: Planes): void {
  /** Of the cluster that is asked for, or of the only one; else of each. */
  const addView = (path: string, view: (plane: DataPlane) => unknown): void => {
    app.get<OfCluster>(path, async ({ query: { cluster } }) => {
      const present = [...planes()];
      if (cluster !== undefined) return view(planes().get(cluster)!);
      if (present.length === 1) return view(present[0]![1]);
      const views = present.map(async ([name, plane]) => [name, await view(plane)] as const);
      return Object.fromEntries(await Promise.all(views));
    });
  };
  addView('/topology', (plane) => ({
    appliedVersion: plane.appliedVersion,
    serving: plane.isServing,
    topology: plane.topology,
  }));
  addView('/clients', async (plane) => (await plane.clients()).slice(0, CLIENTS_SHOWN_MAX));
  addView('/slowlog', async (plane) => (await plane.slowLog()).slice(0, SLOW_SHOWN_MAX));
}

function addReload(app: FastifyInstance, reload: () => Promise<Reloaded>): void {
  app.post('/reload', async (_request, reply) => {
    try {
      return await reload();
    } catch (error) {
      if (!(error instanceof NotReloaded)) throw error;
      const { code, message, mistakes } = error;
      return reply.code(422).send({ code, message, mistakes });
    }
  });
}

const logBody = {
  type: 'object',
  properties: { level: { enum: logLevels }, file: { type: 'string' } },
  additionalProperties: false,
} as const;

/** Until the process ends, or its configuration says something else than it did. */
function addLog(app: FastifyInstance, log: AdminEnv['log']): void {
  app.get('/log', () => log.target());
  app.put<{ Body: Partial<LogTarget> }>(
    '/log',
    { schema: { body: logBody } },
    async ({ body }, reply) => {
      try {
        log.set({ ...log.target(), ...body });
        return log.target();
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        return reply.code(422).send({ code: 'NOT_SET', message: error.mistakes.join('; ') });
      }
    },
  );
}
