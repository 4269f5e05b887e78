/** The HTTP side: every route of the table is served the same way (libs/api, routes.ts). */
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { routes, type AnyRoute } from '@keyfleet/api';
import { describeIssue } from '@keyfleet/lifecycle';
import { addHealthRoutes, type Logger } from '@keyfleet/runtime';
import type { Reign } from '../act/reign.ts';
import type { Metrics } from '../metrics.ts';
import type { StateCache } from '../observe/state-cache.ts';
import { ApiFault, faultOf } from './api-fault.ts';
import { clusterHandlers } from './cluster-handlers.ts';
import { forward } from './forward.ts';
import type { Handler, Handlers } from './handler.ts';
import { nodeHandlers } from './node-handlers.ts';
import { openApi } from './openapi.ts';
import { recordHandlers } from './record-handlers.ts';
import { sessionHandlers } from './session-handlers.ts';
import type { TopologyPolls } from './topology-polls.ts';

export type HttpOptions = {
  readonly cache: StateCache;
  readonly polls: TopologyPolls;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'registry' | 'apiRequests'>;
  readonly reign: () => Reign | undefined;
  readonly stopping: AbortSignal;
};

/** A full spec has some kilobytes; a renewal with the errors of 4096 nodes has less than half of this. */
const BODY_BYTES_MAX = 1 << 20;
/** Above the long polls that may wait (topology-polls.ts), so that others still get in. */
const CONNECTIONS_MAX = 16_384;
const HEADERS_TIMEOUT_MS = 10_000;

const handlers: Handlers = {
  ...clusterHandlers,
  ...nodeHandlers,
  ...sessionHandlers,
  ...recordHandlers,
};

export function createHttpServer(options: HttpOptions): FastifyInstance {
  const { log, metrics } = options;
  const { registry } = metrics;
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
    http: { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: HEADERS_TIMEOUT_MS },
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  for (const name of Object.keys(routes) as (keyof typeof routes)[]) {
    addRoute(app, routes[name], handlers[name], options);
  }
  const description = openApi();
  app.get('/openapi.json', () => description);
  addHealthRoutes(app, { registry, notReadyBecause: () => notReadyBecause(options) });
  app.setNotFoundHandler((request, reply) => {
    const message = `There is no ${request.method} ${request.url}`;
    return sendFault(reply, new ApiFault(404, 'NOT_FOUND', message));
  });
  app.setErrorHandler((error, request, reply) => {
    const fault = faultOf(error);
    if (fault) return sendFault(reply, fault);
    log.error({ err: error, method: request.method, url: request.url }, 'request failed');
    return sendFault(
      reply,
      new ApiFault(500, 'INTERNAL', 'The configserver has a bug, see its log'),
    );
  });
  return app;
}

function addRoute(
  app: FastifyInstance,
  route: AnyRoute,
  handler: Handler<AnyRoute>,
  options: HttpOptions,
): void {
  app.route({
    method: route.method,
    url: route.path.replace(/\{(\w+)\}/g, ':$1'),
    onResponse: ({ method }, { statusCode }, done) => {
      options.metrics.apiRequests.inc({ method, route: route.path, status: statusCode });
      done();
    },
    handler: async (request, reply) => {
      const reign = options.reign();
      if (route.leader && !reign) {
        return forward(leaderUrl(options), request, reply);
      }
      const call = readCall(route, request);
      const { cache, polls, stopping } = options;
      const gone = AbortSignal.any([stopping, hangUpOf(reply)]);
      const answer = await handler(call, { cache, polls, reign, gone });
      return reply.type('application/json').send(textOf(answer as object));
    },
  });
}

/** All mistakes of a request at once. */
function readCall(route: AnyRoute, request: FastifyRequest): Parameters<Handler<AnyRoute>>[0] {
  const mistakes = new Set<string>();
  const read = (part: 'params' | 'query' | 'body', value: unknown): unknown => {
    const result = route[part].safeParse(value);
    for (const issue of result.error?.issues ?? []) {
      const placed = { ...issue, path: [part, ...issue.path] };
      // A number that is no integer may also be out of range: the same line twice.
      for (const line of describeIssue(placed, { [part]: value })) mistakes.add(line);
    }
    return result.data;
  };
  const call = {
    params: read('params', request.params),
    query: read('query', request.query),
    body: read('body', request.body ?? undefined),
  };
  if (mistakes.size === 0) return call;
  const message = `Cannot use the request: ${[...mistakes].join('; ')}`;
  throw new ApiFault(400, 'BAD_REQUEST', message, [...mistakes]);
}

function leaderUrl({ cache }: HttpOptions): string | undefined {
  return cache.state.leader?.value.url;
}

function notReadyBecause({ cache, reign }: HttpOptions): string | null {
  if (cache.fault !== null) return cache.fault;
  return reign() || cache.state.leader ? null : 'no leader is known';
}

function hangUpOf(reply: FastifyReply): AbortSignal {
  const hungUp = new AbortController();
  reply.raw.once('close', () => hungUp.abort());
  return hungUp.signal;
}

const texts = new WeakMap<object, string>();

/** An answer that many get (a topology) is turned into text once. */
function textOf(answer: object): string {
  const known = texts.get(answer);
  if (known !== undefined) return known;
  const text = JSON.stringify(answer);
  texts.set(answer, text);
  return text;
}

function sendFault(
  reply: FastifyReply,
  { status, code, message, details }: ApiFault,
): FastifyReply {
  return reply.code(status).send({ code, message, ...(details !== undefined && { details }) });
}
