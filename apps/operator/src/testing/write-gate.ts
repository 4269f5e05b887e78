/**
 * A reverse proxy that sees each write before it is passed on and after it was answered. What stands there may end
 * the one who wrote: then the write is lost on its way there, or its answer on its way back.
 */
import { once } from 'node:events';
import http, { type IncomingMessage, type RequestOptions, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { freeAddress } from '@keyfleet/testkit';

export type Write = { readonly method: string; readonly path: string; readonly body: unknown };

/** `lost`: it is not passed on, and the connection breaks. */
export type Passage = 'passed' | 'lost';

/** Where a write can be stopped: before the server has it, or when only its answer is missing. */
export type Side = 'request' | 'answer';
export type Guard = (write: Write, side: Side) => Promise<Passage>;

export type Target = {
  readonly url: string;
  /** Certificates and headers that go with each request. */
  readonly identity?: RequestOptions;
  /** What is asked instead of the path that came. */
  readonly rewrite?: (path: string) => string;
};

const reading = new Set(['GET', 'HEAD', 'OPTIONS']);

export class WriteGate implements AsyncDisposable {
  readonly url: string;
  guard: Guard = () => Promise.resolve('passed');
  readonly #server: http.Server;
  readonly #target: Target;
  readonly #agent: http.Agent;
  /** Resources whose watches say nothing any more, and when they fell silent: others may be opened later. */
  readonly #silence = new Map<string, number>();
  #opened = 0;

  private constructor(server: http.Server, target: Target) {
    const { address, port } = server.address() as AddressInfo;
    this.url = `http://${address}:${port}`;
    this.#server = server;
    this.#target = target;
    this.#agent = new (target.url.startsWith('https:') ? https : http).Agent({ keepAlive: true });
    server.on('request', (request, response) => {
      // One of the two ends is gone; the other must see it.
      this.#serve(request, response).catch(() => request.socket.resetAndDestroy());
    });
  }

  static async start(target: Target): Promise<WriteGate> {
    const server = http.createServer();
    server.listen(0, (await freeAddress()).host);
    await once(server, 'listening');
    return new WriteGate(server, target);
  }

  /** Watches of it that are open stay so, and tell nothing more. */
  silence(resource: string): void {
    this.#silence.set(resource, this.#opened);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (reading.has(request.method!)) return this.#read(request, response);
    const body = await buffer(request);
    const write = { method: request.method!, path: request.url!, body: parsed(body) };
    if (await this.#isLost(write, 'request', request)) return;
    const answer = await this.#forward(request, body);
    const answerBody = await buffer(answer);
    if (await this.#isLost(write, 'answer', request)) return;
    response.writeHead(answer.statusCode!, headersOf(answer)).end(answerBody);
  }

  async #isLost(write: Write, side: Side, { socket }: IncomingMessage): Promise<boolean> {
    const isLost = (await this.guard(write, side)) === 'lost';
    if (isLost) socket.resetAndDestroy();
    return isLost;
  }

  /** Watches are reads that do not end. */
  async #read(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.#forward(request);
    response.on('close', () => answer.destroy());
    response.writeHead(answer.statusCode!, headersOf(answer)).flushHeaders();
    await pipeline(answer, this.#ear(request.url!), response);
  }

  /** Passes on what an answer says until it falls silent. */
  #ear(path: string): Transform {
    const [, resource = ''] = /\/(\w+)(?:\?|$)/.exec(path) ?? [];
    const opened = ++this.#opened;
    const isSilent = (): boolean => opened <= (this.#silence.get(resource) ?? 0);
    return new Transform({
      transform: (chunk, _encoding, done) => done(null, isSilent() ? undefined : chunk),
    });
  }

  async #forward(request: IncomingMessage, body?: Buffer): Promise<IncomingMessage> {
    const { url, identity = {}, rewrite = (path: string) => path } = this.#target;
    const forwarded = (url.startsWith('https:') ? https : http).request(
      new URL(rewrite(request.url!), url),
      {
        ...identity,
        agent: this.#agent,
        method: request.method,
        headers: { ...headersOf(request), ...(identity.headers as http.OutgoingHttpHeaders) },
      },
    );
    request.on('close', () => request.complete || forwarded.destroy());
    const answered = once(forwarded, 'response') as Promise<[IncomingMessage]>;
    forwarded.end(body);
    return (await answered)[0];
  }
}

/** These are of the connection, or said by whoever opens it. */
const notPassedOn = new Set(['connection', 'host', 'transfer-encoding']);

function headersOf({ headers }: IncomingMessage): http.OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !notPassedOn.has(name)));
}

function parsed(body: Buffer): unknown {
  return body.length === 0 ? undefined : JSON.parse(body.toString());
}
