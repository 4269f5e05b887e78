import type { Clock } from '@keyfleet/runtime';
import { OutcomeUnknown, type Store } from '@keyfleet/store';
import type { Term } from '../election/term.ts';
import type { StateCache } from '../observe/state-cache.ts';
import { emptyCluster, type ClusterState } from '../observe/store-state.ts';
import { composeWrite, type Draft } from './compose-write.ts';

/** Sees the newest state and the wall clock; undefined: nothing to write. It may throw to refuse. */
type Build = (state: ClusterState, nowMs: number) => Draft | undefined;

/** Somebody else wrote what this write had read: in practice, another leader. */
class WriteConflict extends Error {
  readonly code = 'CONFLICT';
  constructor(cluster: string) {
    super(`Cannot write ${cluster}: its records changed in between`);
  }
}

/** The only way in which this process changes clusters: one write after another per cluster, each fenced by the term. */
export class LeaderWrites {
  readonly #store: Store;
  readonly #cache: StateCache;
  readonly #term: Term;
  readonly #clock: Clock;
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(store: Store, cache: StateCache, term: Term, clock: Clock) {
    this.#store = store;
    this.#cache = cache;
    this.#term = term;
    this.#clock = clock;
  }

  /** Resolves when the cache has what was written. */
  async write(cluster: string, build: Build): Promise<ClusterState> {
    const previous = this.#last.get(cluster) ?? Promise.resolve();
    const turn = previous.then(() => this.#write(cluster, build));
    const settled = turn.catch(() => undefined);
    this.#last.set(cluster, settled);
    try {
      return await turn;
    } finally {
      if (this.#last.get(cluster) === settled) this.#last.delete(cluster);
    }
  }

  async #write(cluster: string, build: Build): Promise<ClusterState> {
    const nowMs = this.#clock.wallMs();
    const draft = build(this.#state(cluster), nowMs);
    if (!draft) return this.#state(cluster);
    this.#term.assertHolds();
    const at = { fence: this.#term.fence, nowMs };
    const { compares, operations } = composeWrite(this.#state(cluster), draft, at);
    const { succeeded, revision } = await this.#store.transact(compares, operations);
    if (!succeeded) {
      await this.#cache.reached(revision, this.#term.signal);
      throw new WriteConflict(cluster);
    }
    await this.#cache.reached(revision, this.#term.signal).catch((cause: unknown) => {
      throw new OutcomeUnknown('Cannot see own write: the term ended', { cause });
    });
    return this.#state(cluster);
  }

  #state(cluster: string): ClusterState {
    return this.#cache.state.clusters.get(cluster) ?? emptyCluster(cluster);
  }
}
