/**
 * The proxy's session with the configserver: the lease under which it serves (design §4, protocol P1).
 *
 * The lease counts from the moment the request was *sent* whose answer renewed it, on the monotonic clock, less the
 * drift that two clocks may have. Past it the proxy serves nothing until it has a new session and has applied the
 * version that was current when that session opened.
 */
import {
  ApiError,
  routes,
  type ApiClient,
  type SessionGrant,
  type SessionRenewal,
} from '@keyfleet/api';
import type { Clock, Logger } from '@keyfleet/runtime';
import { isWallAhead } from '../upstream/lease.ts';
import type { LeaseGrant } from '../workers/data-plane.ts';

/** Two clocks differ by less than 1 % in a lease's time. */
const DRIFT = 0.01;
const RETRY_MS = 100;
/**
 * A leader that dies is succeeded after up to 2.6 s: etcd's shortest lease is 2 s, and it looks every 0.5 s. Of a lease of
 * 3 s a proxy that renews every third has as little as 2 s left then, one that renews every sixth 2.5 s. (By the
 * distribution of the three delays a lapse in 1 of 4 kills becomes one in 150.)
 */
const RENEWALS_PER_LEASE = 6;
/** Node's timers and our loop wake a little late; a lapse is also seen at every reply. */
const LAPSE_CHECK_MS = 20;

export type SessionEnv = {
  api: ApiClient;
  cluster: string;
  proxy: { id: string; host: string; port: number; adminUrl: string; pid: number };
  clock: Clock;
  log: Logger;
  /** What the next renewal reports. */
  report: () => SessionRenewal;
  /** A session is open; `version` must be applied before anything is served. */
  onOpened: (version: number) => void;
  /** Opened or renewed: the lease as it is now. */
  onGranted: (grant: LeaseGrant) => void;
  /** The configserver has this version: worth a look. */
  onVersion: (version: number) => void;
  /** Nothing may be served any more. */
  onLapsed: () => void;
};

type Held = { id: string; leaseMs: number; lease: LeaseGrant };

export class Session {
  readonly #env: SessionEnv;
  readonly #stopped = new AbortController();
  #held: Held | null = null;
  #running: Promise<void> = Promise.resolve();
  #lastFailure = '';
  #wake = new AbortController();

  constructor(env: SessionEnv) {
    this.#env = env;
  }

  start(): void {
    this.#running = Promise.all([this.#renewForEver(), this.#watchLapse()]).then(() => undefined);
  }

  /** A barrier may wait for what this renewal acknowledges. */
  renewNow(): void {
    this.#wake.abort();
  }

  /** Gives the session back, so that nobody waits for its lease. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
    const held = this.#held;
    if (held === null) return;
    const params = { cluster: this.#env.cluster, session: held.id };
    await this.#env.api
      .call(routes.closeSession, { params, timeoutMs: 1000 })
      .catch(() => undefined);
  }

  async #renewForEver(): Promise<void> {
    const { clock } = this.#env;
    while (!this.#stopped.signal.aborted) {
      // Before the renewal: what is worth another one while it is on its way must not be lost.
      this.#wake = new AbortController();
      let waitMs: number;
      try {
        waitMs = await this.#renew();
        this.#lastFailure = '';
      } catch (error) {
        if (this.#stopped.signal.aborted) return;
        if (error instanceof ApiError && error.status === 410)
          this.#lapse('the configserver ended the session');
        else this.#noteFailure(error);
        waitMs = RETRY_MS;
      }
      await clock.sleep(waitMs, AbortSignal.any([this.#wake.signal, this.#stopped.signal]));
    }
  }

  /** Opens or renews; returns when to renew next. */
  async #renew(): Promise<number> {
    const { api, cluster, clock, proxy } = this.#env;
    const held = this.#held;
    const sentAtMs = clock.monotonicMs();
    const wallAheadMs = clock.wallMs() - sentAtMs;
    const signal = this.#stopped.signal;
    let grant: SessionGrant;
    if (held === null) {
      grant = await api.call(routes.openSession, { params: { cluster }, body: { proxy }, signal });
    } else {
      const params = { cluster, session: held.id };
      const timeoutMs = Math.max(100, held.leaseMs / RENEWALS_PER_LEASE);
      grant = await api.call(routes.renewSession, {
        params,
        body: this.#env.report(),
        signal,
        timeoutMs,
      });
    }
    // The lease may have lapsed while the answer was on its way: then it renews nothing.
    if (held !== this.#held) return 0;
    const lease = {
      validUntilMs: sentAtMs + grant.leaseMs * (1 - DRIFT),
      wallAheadMaxMs: wallAheadMs + grant.leaseMs * DRIFT,
      version: held?.lease.version ?? grant.version,
    };
    this.#held = { id: grant.session, leaseMs: grant.leaseMs, lease };
    this.#tell(grant, held === null);
    return Math.max(1, grant.leaseMs / RENEWALS_PER_LEASE - (clock.monotonicMs() - sentAtMs));
  }

  #tell({ session, version }: SessionGrant, isNew: boolean): void {
    const { log, onGranted, onOpened, onVersion } = this.#env;
    if (isNew) {
      log.info({ session, version }, 'session opened');
      onOpened(version);
    }
    onGranted(this.#held!.lease);
    if (!isNew) onVersion(version);
  }

  /** Once per kind of failure: it is tried several times a second. */
  #noteFailure(error: unknown): void {
    if (String(error) === this.#lastFailure) return;
    this.#lastFailure = String(error);
    this.#env.log.warn({ err: error }, 'session not renewed');
  }

  async #watchLapse(): Promise<void> {
    const { clock } = this.#env;
    while (!this.#stopped.signal.aborted) {
      await clock.sleep(LAPSE_CHECK_MS, this.#stopped.signal);
      if (this.#held === null || this.#stopped.signal.aborted) continue;
      const { lease } = this.#held;
      const nowMs = clock.monotonicMs();
      if (nowMs >= lease.validUntilMs) this.#lapse('no renewal was answered in time');
      else if (isWallAhead(lease, clock, nowMs))
        this.#lapse('the wall clock jumped: the machine may have slept');
    }
  }

  #lapse(because: string): void {
    const { log, onLapsed } = this.#env;
    if (this.#held === null) return;
    log.warn({ session: this.#held.id, because }, 'lease lapsed');
    this.#held = null;
    onLapsed();
  }
}
