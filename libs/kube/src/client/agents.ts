/**
 * Connections to the API server are kept: to open one costs both sides a TLS handshake, and the library opens one for
 * every call (its dispatcher is made anew each time). Calls share a bounded pool. A watch has its connection for
 * itself, so watches never wait for calls or calls for watches.
 */
import http from 'node:http';
import https from 'node:https';

const CALLS_AT_ONCE_MAX = 16;
/** Shorter than what load balancers and the API server (3 min) allow an idle connection. */
const IDLE_MS_MAX = 30_000;
/** A connection where nothing is said is probed after this time, so one whose other end is gone ends soon after. */
const TCP_KEEPALIVE_MS = 15_000;

type Agent = http.Agent | https.Agent;
export type Agents = { readonly calls: Agent; readonly watches: Agent };

const identityOptions = ['ca', 'cert', 'key', 'servername', 'rejectUnauthorized'] as const;

/** One pool for each identity: new certificates (an exec plugin renews them) are used from the next call on. */
export class AgentPool {
  readonly #isSecure: boolean;
  #identity: https.RequestOptions = {};
  #agents: Agents | undefined;

  constructor(isSecure: boolean) {
    this.#isSecure = isSecure;
  }

  agentsFor(options: https.RequestOptions): Agents {
    if (this.#agents && isSameIdentity(this.#identity, options)) return this.#agents;
    this.close();
    this.#identity = options;
    this.#agents = { calls: this.#create(CALLS_AT_ONCE_MAX), watches: this.#create(Infinity) };
    return this.#agents;
  }

  closeIdle(): void {
    for (const agent of Object.values(this.#agents ?? {})) {
      for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
    }
  }

  /** Idle connections are closed now, those in use when they have been idle long enough. */
  close(): void {
    this.closeIdle();
    this.#agents = undefined;
  }

  #create(maxSockets: number): Agent {
    const options = {
      keepAlive: true,
      keepAliveMsecs: TCP_KEEPALIVE_MS,
      timeout: IDLE_MS_MAX,
      maxSockets,
    };
    if (!this.#isSecure) return new http.Agent(options);
    const { ca, cert, key, servername, rejectUnauthorized } = this.#identity;
    const identity = { ca, cert, key, servername, rejectUnauthorized };
    const given = Object.entries(identity).filter(([, value]) => value !== undefined);
    return new https.Agent({ ...options, ...Object.fromEntries(given) });
  }
}

function isSameIdentity(one: https.RequestOptions, other: https.RequestOptions): boolean {
  return identityOptions.every((name) => isSame(one[name], other[name]));
}

function isSame(one: unknown, other: unknown): boolean {
  if (Buffer.isBuffer(one) && Buffer.isBuffer(other)) return one.equals(other);
  return one === other;
}
