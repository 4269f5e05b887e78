/** Everything that only the leader does, for as long as its term lasts. */
import type { Clock, Logger } from '@keyfleet/runtime';
import type { Store } from '@keyfleet/store';
import type { Term } from '../election/term.ts';
import type { Metrics } from '../metrics.ts';
import type { StateCache } from '../observe/state-cache.ts';
import { ClusterKeeper } from './cluster-keeper.ts';
import { LeaderWrites } from './leader-writes.ts';
import { SessionDesk } from './session-desk.ts';

export type ReignOptions = {
  readonly id: string;
  readonly store: Store;
  readonly cache: StateCache;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tickMs: number;
  readonly leaseMs: number;
  readonly newId: () => string;
  readonly metrics: Pick<Metrics, 'stepFailures' | 'sessionsOpened' | 'sessionsEnded'>;
};

type Kept = { readonly keeper: ClusterKeeper; readonly end: AbortController; done: Promise<void> };

export class Reign {
  readonly term: Term;
  readonly writes: LeaderWrites;
  readonly sessions: SessionDesk;
  readonly #options: ReignOptions;
  readonly #kept = new Map<string, Kept>();

  constructor(term: Term, options: ReignOptions) {
    const { store, cache, clock } = options;
    this.term = term;
    this.#options = options;
    this.writes = new LeaderWrites(store, cache, term, clock);
    this.sessions = new SessionDesk({ ...options, term, writes: this.writes });
  }

  /** Undefined: the cluster is unknown or retired, or was not looked at yet. */
  keeper(cluster: string): ClusterKeeper | undefined {
    return this.#kept.get(cluster)?.keeper;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { cache } = this.#options;
    const stop = cache.onChange(() => this.#keepAll(signal));
    const present = [...cache.state.clusters.keys()];
    this.#keepAll(signal);
    try {
      await Promise.all([
        this.sessions.run(signal),
        ...present.map((cluster) => this.#announce(cluster)),
      ]);
    } finally {
      stop();
      await Promise.all([...this.#kept.values()].map(({ done }) => done));
    }
  }

  /** One loop for each cluster that is not retired. */
  #keepAll(signal: AbortSignal): void {
    const { clusters } = this.#options.cache.state;
    const active = [...clusters.values()].filter(({ cluster }) => !cluster?.value.retired);
    const names = new Set(active.map(({ name }) => name));
    for (const [name, { end }] of this.#kept) {
      if (names.has(name)) continue;
      end.abort();
      this.#kept.delete(name);
    }
    if (signal.aborted) return;
    for (const name of names) if (!this.#kept.has(name)) this.#keep(name, signal);
  }

  #keep(cluster: string, signal: AbortSignal): void {
    const { metrics } = this.#options;
    const end = new AbortController();
    const keeper = new ClusterKeeper({
      ...this.#options,
      cluster,
      term: this.term,
      writes: this.writes,
      onError: () => metrics.stepFailures.inc({ cluster }),
    });
    const done = keeper.run(AbortSignal.any([signal, end.signal]));
    this.#kept.set(cluster, { keeper, end, done });
  }

  async #announce(cluster: string): Promise<void> {
    const { id, log } = this.#options;
    const facts = { configserver: id, term: this.term.revision };
    const event = { type: 'leaderElected', message: `Configserver ${id} leads`, facts };
    await this.writes
      .write(cluster, (state) => state.cluster && { operations: [], events: [event] })
      .catch((error: unknown) => log.warn({ key: cluster, err: error }, 'event not written'));
  }
}
