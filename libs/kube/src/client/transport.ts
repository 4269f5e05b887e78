/**
 * HTTP to the API server as the kubeconfig says: who we are is the library's part (certificates, tokens, exec plugins),
 * connections and plain JSON are ours. Its generated calls turn bodies into classes with dates in them, drop fields
 * that its version does not know, and can neither be cut off nor share a connection.
 */
import http, { type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import { AgentPool } from './agents.ts';
import { KubeError, Refused, Unanswered } from './kube-error.ts';
import { KubeConfigError } from './load-kube-config.ts';

/** A page of 500 big objects fits; what is larger is a mistake, and would not fit into us. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;

const TOO_MANY_REQUESTS = 429;
/** How long we wait before we ask an API server again that has too much to do. It says so itself, within these. */
const PAUSE_MS = { min: 100, usual: 1_000, max: 5_000 };

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export type Request = {
  /** For errors, as `apply Secret team-a/x`. */
  readonly tried: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
};

export type Limits = {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
};

/** A kept connection was closed by the server in the moment we used it. */
class StaleConnection extends Error {}

type Deadline = Limits & { readonly ended: AbortSignal };

export class Transport {
  readonly #config: KubeConfig;
  readonly #server: URL;
  readonly #userAgent: string;
  readonly #hasProxy: boolean;
  readonly #pool: AgentPool;

  constructor(config: KubeConfig, userAgent: string) {
    const cluster = config.getCurrentCluster();
    if (!cluster) {
      throw new KubeConfigError('INVALID_KUBECONFIG', 'Cannot use the kubeconfig: no cluster');
    }
    this.#config = config;
    this.#server = new URL(cluster.server);
    this.#userAgent = userAgent;
    this.#hasProxy = cluster.proxyUrl !== undefined;
    this.#pool = new AgentPool(this.#server.protocol === 'https:');
  }

  /** The parsed body of an answer that says yes; anything else is thrown as a `KubeError`. */
  async send(request: Request, limits: Limits): Promise<unknown> {
    const deadline = { ...limits, ended: endOf(limits) };
    return await failingAs(request.tried, deadline, async () => {
      const response = await this.#admitted(request, deadline.ended, 'calls');
      const text = await textOf(response, request.tried);
      return decode(request.tried, response.statusCode!, text);
    });
  }

  /** The body of a watch as it comes, until `signal` aborts; the timeout is for its beginning. */
  async open(request: Request, limits: Limits & { signal: AbortSignal }): Promise<IncomingMessage> {
    const starting = new AbortController();
    const timer = setTimeout(() => starting.abort(), limits.timeoutMs);
    const deadline = { ...limits, ended: AbortSignal.any([limits.signal, starting.signal]) };
    try {
      return await failingAs(request.tried, deadline, async () => {
        const response = await this.#admitted(request, deadline.ended, 'watches');
        if (response.statusCode === 200) return response;
        const text = await textOf(response, request.tried);
        throw new Refused(request.tried, response.statusCode!, parsed(text) ?? text);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#pool.close();
  }

  /** An API server that says 429 has done nothing: we ask again until the time of the call is over. */
  async #admitted(
    request: Request,
    ended: AbortSignal,
    use: 'calls' | 'watches',
  ): Promise<IncomingMessage> {
    for (;;) {
      const response = await this.#exchange(request, ended, use);
      if (response.statusCode !== TOO_MANY_REQUESTS) return response;
      const text = await textOf(response, request.tried);
      try {
        await pause(pauseMs(response.headers['retry-after']), undefined, { signal: ended });
      } catch {
        throw new Refused(request.tried, TOO_MANY_REQUESTS, parsed(text) ?? text);
      }
    }
  }

  async #exchange(
    request: Request,
    ended: AbortSignal,
    use: 'calls' | 'watches',
  ): Promise<IncomingMessage> {
    const identity: https.RequestOptions = {};
    await unlessAborted(this.#config.applyToHTTPSOptions(identity), ended);
    const { auth, headers } = identity;
    const agent = this.#hasProxy ? identity.agent : this.#pool.agentsFor(identity)[use];
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const options: https.RequestOptions = {
      ...(auth ? { auth } : {}),
      ...(agent === undefined ? {} : { agent }),
      method: request.method,
      headers: { ...(headers as OutgoingHttpHeaders), ...this.#headersOf(request, body) },
      signal: ended,
    };
    const url = this.#urlOf(request);
    try {
      return await responseTo(url, options, body);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      // Whatever we send may be sent twice: a second create, replace, patch or delete is refused, and a second apply
      // changes nothing. The other idle connections are no better.
      this.#pool.closeIdle();
      return await responseTo(url, options, body);
    }
  }

  #headersOf(
    { accept = 'application/json', contentType = 'application/json' }: Request,
    body: string | undefined,
  ): OutgoingHttpHeaders {
    const headers = { Accept: accept, 'User-Agent': this.#userAgent };
    if (body === undefined) return headers;
    // Node.js gives the body of a DELETE no length by itself, and its bytes would be read as the next request.
    return { ...headers, 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) };
  }

  #urlOf({ path, query = {} }: Request): URL {
    const url = new URL(this.#server);
    url.pathname = url.pathname.replace(/\/$/, '') + path;
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }
}

function endOf({ timeoutMs, signal }: Limits): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

/** What is thrown: the caller's reason when the caller ended it, else a KubeError. */
async function failingAs<T>(
  tried: string,
  { signal, ended, timeoutMs }: Deadline,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof KubeError) throw error;
    const because = ended.aborted
      ? `no answer within ${timeoutMs} ms`
      : `the API server cannot be reached: ${error instanceof Error ? error.message : String(error)}`;
    throw new Unanswered(tried, because, error);
  }
}

async function responseTo(
  url: URL,
  options: https.RequestOptions,
  body: string | undefined,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { request: start } = url.protocol === 'https:' ? https : http;
  const request = start(url, options, resolve);
  request.on('error', (error: NodeJS.ErrnoException) => {
    const isStale = request.reusedSocket && error.code === 'ECONNRESET';
    reject(isStale ? new StaleConnection(error.message, { cause: error }) : error);
  });
  request.end(body);
  return promise;
}

/** Seconds in the header; a date there is the word of something in between. */
function pauseMs(retryAfter: string | undefined): number {
  const ms = Number(retryAfter) * 1_000;
  if (Number.isNaN(ms)) return PAUSE_MS.usual;
  return Math.min(Math.max(ms, PAUSE_MS.min), PAUSE_MS.max);
}

async function textOf(response: IncomingMessage, tried: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) {
      const message = `Cannot ${tried}: the answer is larger than ${BODY_BYTES_MAX} bytes`;
      throw new KubeError(message, { code: 'OTHER', status: response.statusCode! });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function decode(tried: string, status: number, text: string): unknown {
  const body = parsed(text);
  if (status < 200 || status > 299) throw new Refused(tried, status, body ?? text);
  if (body !== undefined) return body;
  const message = `Cannot ${tried}: the API server answers ${status} with what is not JSON`;
  throw new KubeError(message, { code: 'OTHER', status });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
