/** A typed client of the configserver over any `fetch`; it goes on to the next address when one cannot be reached. */
import type { z } from 'zod';
import type { AnyRoute } from './routes.ts';
import { ApiErrorBody } from './views.ts';

export type Call<R extends AnyRoute> = {
  params: z.input<R['params']>;
  query?: z.input<R['query']>;
  body?: z.input<R['body']>;
  signal?: AbortSignal;
  /** Default 5000. */
  timeoutMs?: number;
};

const DETAILS_SHOWN_MAX = 5;
const DETAIL_LENGTH_MAX = 300;

/** What the configserver answered with an error: its code and status, and in the message every short detail. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: unknown;

  constructor(status: number, { code, message, details }: z.output<typeof ApiErrorBody>) {
    super([message, ...shownDetails(details)].join(': '));
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** No configserver answered in time; the last failure is the cause. */
export class ApiUnreachable extends Error {
  readonly code = 'UNREACHABLE';
  constructor(urls: readonly string[], cause: unknown) {
    super(`Cannot reach the configserver at ${urls.join(', ')}`, { cause });
    this.name = 'ApiUnreachable';
  }
}

export class ApiClient {
  #urls: string[];
  readonly #fetch: typeof fetch;

  /** `urls`: one or more base addresses, e.g. `http://127.0.0.1:7400`. */
  constructor(urls: readonly string[], fetchWith: typeof fetch) {
    this.#urls = [...urls];
    this.#fetch = fetchWith;
  }

  /** Throws ApiError for an error answer, ApiUnreachable when nobody answered. A write that timed out is not sent again. */
  async call<R extends AnyRoute>(route: R, call: Call<R>): Promise<z.output<R['response']>> {
    let failure: unknown;
    for (const url of [...this.#urls]) {
      try {
        return await this.#callOne(url, route, call);
      } catch (error) {
        if (call.signal?.aborted) throw error;
        if (error instanceof ApiError && error.status !== 503) throw error;
        // Whatever comes next, this call's next address or the next call, begins with another one.
        this.#urls.push(this.#urls.shift()!);
        failure = error;
        if (!mayTryNext(route, error)) break;
      }
    }
    throw failure instanceof ApiError ? failure : new ApiUnreachable(this.#urls, failure);
  }

  async #callOne<R extends AnyRoute>(
    url: string,
    route: R,
    call: Call<R>,
  ): Promise<z.output<R['response']>> {
    // It takes whole milliseconds only.
    const timeout = AbortSignal.timeout(Math.ceil(call.timeoutMs ?? 5000));
    const response = await this.#fetch(url + pathOf(route, call), {
      method: route.method,
      signal: call.signal ? AbortSignal.any([call.signal, timeout]) : timeout,
      ...(call.body === undefined
        ? {}
        : { body: JSON.stringify(call.body), headers: { 'content-type': 'application/json' } }),
    });
    const answer: unknown = await response.json();
    if (response.ok) return route.response.parse(answer) as z.output<R['response']>;
    const body = ApiErrorBody.safeParse(answer);
    if (body.success) throw new ApiError(response.status, body.data);
    const message = `${url} answered ${response.status} without a reason`;
    throw new ApiError(response.status, { code: 'BAD_ANSWER', message, details: answer });
  }
}

/** One text with the lines that say what is wrong; none when details are of another kind. */
function shownDetails(details: unknown): string[] {
  if (!Array.isArray(details)) return [];
  const lines = details.filter(
    (line): line is string => typeof line === 'string' && line.length <= DETAIL_LENGTH_MAX,
  );
  if (lines.length === 0) return [];
  const left = details.length - Math.min(lines.length, DETAILS_SHOWN_MAX);
  const more = left === 0 ? [] : [`${left} more`];
  return [[...lines.slice(0, DETAILS_SHOWN_MAX), ...more].join('; ')];
}

function pathOf<R extends AnyRoute>(route: R, call: Call<R>): string {
  const params = call.params as Record<string, string>;
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(params[name]!),
  );
  const query = Object.entries((call.query ?? {}) as Record<string, unknown>)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return query.length === 0 ? path : `${path}?${query.join('&')}`;
}

/** A write whose answer is missing may have been carried out. */
function mayTryNext({ method }: AnyRoute, error: unknown): boolean {
  return error instanceof ApiError || method === 'GET' || isRefused(error);
}

/** The request never left: sending it to another address cannot do it twice. */
function isRefused(error: unknown): boolean {
  const cause = (error as { cause?: { code?: string } }).cause;
  return cause?.code === 'ECONNREFUSED' || cause?.code === 'EHOSTUNREACH';
}
