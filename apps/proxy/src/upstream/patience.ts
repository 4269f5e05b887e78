/**
 * How long servers are waited for: a new one until it has proved who it is; a request until its client is answered without
 * it, while the connection lives on; a server that says nothing at all until it is taken for dead.
 */
import type { BusyWatch } from './busy-watch.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

/** By default servers say that they are busy just when requests time out. */
const BUSY_GRACE_MS = 250;
/** After so long without a look this process did nothing else either: replies may be there that it did not read yet. */
const STALL_MS = 500;

export type PatienceEnv = {
  readonly busy: Pick<BusyWatch, 'isCalm' | 'isAsking' | 'heardMs'>;
  /** These may change. */
  readonly limits: { readonly opTimeoutMs: number; readonly silenceMs: number };
  readonly upstreamLimits: { readonly connectTimeoutMs: number };
};

type Watched = Pick<
  UpstreamConnection,
  'state' | 'lastUsedMs' | 'headSinceMs' | 'timeOut' | 'fail' | 'pendingCount'
>;

export class Patience {
  readonly #env: PatienceEnv;
  #lookedMs = -Infinity;
  #wasStalled = false;

  constructor(env: PatienceEnv) {
    this.#env = env;
  }

  /** At each sweep, before the connections. */
  look(nowMs: number): void {
    this.#wasStalled = nowMs - this.#lookedMs > STALL_MS;
    this.#lookedMs = nowMs;
  }

  /** `isShared`: what one client waits for is nothing to the others. */
  check(connection: Watched, isShared: boolean, nowMs: number): void {
    if (connection.state !== 'ready') return this.#checkUnready(connection, nowMs);
    if (connection.pendingCount === 0) return;
    if (isShared) this.#timeOut(connection, nowMs);
    const { busy } = this.#env;
    const { silenceMs } = this.#env.limits;
    // One that runs a script says so to others.
    if (nowMs - Math.max(connection.headSinceMs, busy.heardMs) >= silenceMs)
      connection.fail(`no reply for ${silenceMs} ms`);
  }

  /** The transport bounds the time of the connect; this bounds the time of the check behind it. */
  #checkUnready(connection: Watched, nowMs: number): void {
    const { connectTimeoutMs } = this.#env.upstreamLimits;
    if (nowMs - connection.lastUsedMs < 2 * connectTimeoutMs) return;
    connection.fail(`no answer in ${2 * connectTimeoutMs} ms`);
  }

  /** Not while a script runs, or may be running: that takes as long as it takes. */
  #timeOut(connection: Watched, nowMs: number): void {
    const { busy } = this.#env;
    const { opTimeoutMs } = this.#env.limits;
    if (this.#wasStalled || !busy.isCalm || nowMs - busy.heardMs < opTimeoutMs) return;
    connection.timeOut((opTimeoutMs + (busy.isAsking ? BUSY_GRACE_MS : 0)) * 1000);
  }
}
