/** A configserver whose every answer a test decides: what a real one does only when something goes wrong. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SessionRenewal } from '@keyfleet/api';
import type { Topology } from '@keyfleet/topology';

const LONG_POLL_MS = 200;

export class FakeConfigserver implements AsyncDisposable {
  /** False: renewals are not answered, and new sessions are refused. */
  grants = true;
  /** Long: a machine that is busy with tests must not look like a lost configserver. */
  leaseMs = 20_000;
  /** What a grant says is current, where it differs from the topology that is given out. */
  grantedVersion: number | null = null;
  topology: Topology | null = null;
  /** What the status of the cluster says; null: there is none. */
  proxies: { id: string; address: string }[] | null = null;
  /** Renewals as they came, the newest last. */
  readonly renewals: SessionRenewal[] = [];
  opened = 0;
  closed = 0;
  /** What the proxy that opened the last session says of itself. */
  openedBy: unknown = null;
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  static async start(topology: Topology): Promise<FakeConfigserver> {
    const fake = new FakeConfigserver();
    fake.topology = topology;
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The version that the proxy acknowledged last. */
  get acknowledged(): number {
    return this.renewals.at(-1)?.appliedVersion ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, this.url);
    if (url.pathname.endsWith('/topology')) return this.#answerTopology(url, response);
    const [status, answer] = url.pathname.endsWith('/clusters/default')
      ? this.#status()
      : await this.#answerSession(request);
    send(response, status, answer);
  }

  #status(): [number, unknown] {
    if (this.proxies === null) return [503, { code: 'NO_LEADER', message: 'no leader' }];
    const proxies = this.proxies.map((proxy) => ({ ...proxy, pid: 1, topologyVersion: 1 }));
    const status = { name: 'default', phase: 'Ready', topologyVersion: 1, shards: [], proxies };
    return [200, { ...status, spec: {}, generation: 1, credentialsId: null, operation: null }];
  }

  async #answerSession(request: IncomingMessage): Promise<[number, unknown]> {
    if (!this.grants) return [503, { code: 'NO_LEADER', message: 'no leader' }];
    if (request.method === 'DELETE') {
      this.closed++;
      return [200, {}];
    }
    if (request.method === 'POST') {
      this.opened++;
      this.openedBy = ((await body(request)) as { proxy: unknown }).proxy;
    } else this.renewals.push((await body(request)) as SessionRenewal);
    const version = this.grantedVersion ?? this.topology?.version ?? 0;
    return [200, { session: `s${this.opened}`, leaseMs: this.leaseMs, version }];
  }

  async #answerTopology(url: URL, response: ServerResponse): Promise<void> {
    const after = Number(url.searchParams.get('after') ?? 0);
    const deadline = performance.now() + LONG_POLL_MS;
    while ((this.topology?.version ?? 0) <= after && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const version = this.topology?.version ?? 0;
    send(response, 200, { version, topology: version > after ? this.topology : null });
  }
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

async function body(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}
