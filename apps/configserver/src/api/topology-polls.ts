import type { Clock } from '@keyfleet/runtime';
import type { Topology } from '@keyfleet/topology';
import { topologyOf } from '../observe/assemble-topology.ts';
import type { StateCache } from '../observe/state-cache.ts';
import { ApiFault } from './api-fault.ts';

export type TopologyAnswer = { version: number; topology: Topology | null };
export type Poll = {
  readonly cluster: string;
  readonly after: number | undefined;
  readonly waitMs: number;
};

const WAITERS_MAX = 8192;

/** Long polls for a newer topology, answered from the cache of any configserver. */
export class TopologyPolls {
  readonly #cache: StateCache;
  readonly #clock: Clock;
  readonly #answers = new WeakMap<Topology, TopologyAnswer>();
  #waiting = 0;

  constructor(cache: StateCache, clock: Clock) {
    this.#cache = cache;
    this.#clock = clock;
  }

  /** Ends early, with nothing new, when `gone` aborts. */
  async next({ cluster, after, waitMs }: Poll, gone: AbortSignal): Promise<TopologyAnswer> {
    const now = this.#answer(cluster);
    if (after === undefined || now.version > after) return now;
    if (this.#waiting >= WAITERS_MAX) {
      const message = `Cannot wait for a topology: ${WAITERS_MAX} requests wait, want fewer`;
      throw new ApiFault(503, 'TOO_MANY_WAITERS', message);
    }
    this.#waiting++;
    try {
      await this.#untilNewer(cluster, after, gone, waitMs);
    } finally {
      this.#waiting--;
    }
    const then = this.#answer(cluster);
    return then.version > after ? then : { version: then.version, topology: null };
  }

  async #untilNewer(
    cluster: string,
    after: number,
    gone: AbortSignal,
    waitMs: number,
  ): Promise<void> {
    const newer = new AbortController();
    const stop = this.#cache.onChange(() => {
      if (this.#versionOf(cluster) > after) newer.abort();
    });
    await this.#clock.sleep(waitMs, AbortSignal.any([gone, newer.signal]));
    stop();
  }

  /** One object for each version, so that it is turned into text once for all who wait. */
  #answer(cluster: string): TopologyAnswer {
    const state = this.#cache.state.clusters.get(cluster);
    const topology = state && topologyOf(state);
    if (!topology) return { version: 0, topology: null };
    const known = this.#answers.get(topology);
    if (known) return known;
    const answer = { version: topology.version, topology };
    this.#answers.set(topology, answer);
    return answer;
  }

  #versionOf(cluster: string): number {
    const state = this.#cache.state.clusters.get(cluster);
    return (state && topologyOf(state)?.version) ?? 0;
  }
}
