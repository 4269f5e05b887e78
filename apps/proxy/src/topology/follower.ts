/** Follows the cluster's topology by long poll, from any configserver, and has each newer version applied. */
import { ApiError, routes, type ApiClient } from '@keyfleet/api';
import type { Clock, Logger } from '@keyfleet/runtime';
import { topologyFaults, type Topology } from '@keyfleet/topology';

const WAIT_MS = 20_000;
const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 2000;

export type FollowerEnv = {
  api: ApiClient;
  cluster: string;
  clock: Clock;
  log: Logger;
  apply: (topology: Topology) => void;
};

export class Follower {
  /** The newest version that was handed to `apply`. */
  version = 0;
  readonly #env: FollowerEnv;
  readonly #stopped = new AbortController();
  #poll = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(env: FollowerEnv) {
    this.#env = env;
  }

  start(): void {
    this.#running = this.#followForEver();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#poll.abort();
    await this.#running;
  }

  /** The configserver has version `known`. A poll that waits may wait at one that is behind: it is begun anew. */
  noteVersion(known: number): void {
    if (known > this.version) this.#poll.abort();
  }

  /**
   * A session was opened when `granted` was current. If we have a newer one, that is of another life of the cluster (or
   * of a configserver that is ahead of its leader): nothing is known until `granted` or a newer one comes.
   */
  startAt(granted: number): void {
    if (granted < this.version) this.version = Math.max(0, granted - 1);
    this.#poll.abort();
  }

  async #followForEver(): Promise<void> {
    const { clock, log } = this.#env;
    let backoffMs = 0;
    while (!this.#stopped.signal.aborted) {
      try {
        await this.#pollOnce();
        backoffMs = 0;
      } catch (error) {
        if (this.#stopped.signal.aborted) return;
        if (this.#poll.signal.aborted) continue;
        backoffMs = Math.min(Math.max(BACKOFF_MIN_MS, backoffMs * 2), BACKOFF_MAX_MS);
        const isUnknown = error instanceof ApiError && error.status === 404;
        if (!isUnknown) log.warn({ err: error, backoffMs }, 'topology not read');
        await clock.sleep(backoffMs, this.#stopped.signal);
      }
    }
  }

  async #pollOnce(): Promise<void> {
    const { api, cluster, log } = this.#env;
    this.#poll = new AbortController();
    const { topology } = await api.call(routes.getTopology, {
      params: { cluster },
      query: { after: this.version, waitMs: WAIT_MS },
      signal: AbortSignal.any([this.#poll.signal, this.#stopped.signal]),
      timeoutMs: WAIT_MS + 5000,
    });
    // Versions only grow: an answer that crossed a newer one is of no use.
    if (topology === null || topology.version <= this.version) return;
    const faults = topologyFaults(topology);
    if (faults.length > 0)
      throw new Error(`Cannot apply topology version ${topology.version}: ${faults.join('; ')}`);
    log.info({ version: topology.version, holds: topology.holds.length }, 'topology applied');
    this.version = topology.version;
    this.#env.apply(topology);
  }
}
