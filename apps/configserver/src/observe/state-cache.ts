/**
 * The records of the store, followed by list + watch. Everything reads here: the API of every configserver and
 * the leader's planning. What the leader wrote it sees before it goes on (`reached`), so it never plans on a
 * state older than its own last write.
 */
import { CompactedError, type Store } from '@keyfleet/store';
import type { Clock, Logger } from '@keyfleet/runtime';
import { FailureLog } from '../failure-log.ts';
import { emptyState, reduceBatch, stateOf, type StoreState } from './store-state.ts';

const PREFIX = '/keyfleet/v1/';
const RETRY_MS = 500;
const PULSE_MS = 2000;

export class StateCache {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #failures: FailureLog;
  readonly #listeners = new Set<() => void>();
  #state = emptyState;
  #fault: string | null = 'the cache is not filled yet';

  constructor(store: Store, clock: Clock, log: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#failures = new FailureLog(log);
  }

  get state(): StoreState {
    return this.#state;
  }

  /** Null: filled, and the store answers. */
  get fault(): string | null {
    return this.#fault;
  }

  /** Called after each change of state; returns how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when the state includes everything up to `revision`. */
  async reached(revision: number, signal: AbortSignal): Promise<void> {
    if (this.#state.revision >= revision) return;
    const done = Promise.withResolvers<undefined>();
    const onAbort = (): void => done.reject(signal.reason as Error);
    const stop = this.onChange(() => {
      if (this.#state.revision >= revision) done.resolve(undefined);
    });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      await done.promise;
    } finally {
      stop();
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Runs until the signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#watch(signal), this.#checkPulse(signal)]);
  }

  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#become(stateOf(await this.#store.list(PREFIX)));
        this.#fault = null;
        this.#failures.succeeded('follow the store');
        for await (const batch of this.#store.watch(PREFIX, this.#state.revision, signal)) {
          this.#become(reduceBatch(this.#state, batch));
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof CompactedError) continue;
        this.#failures.failed('follow the store', error);
        await this.#clock.sleep(RETRY_MS, signal);
      }
    }
  }

  /** A watch is silent while the store is away: only a read tells. */
  async #checkPulse(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(PULSE_MS, signal);
      if (signal.aborted) return;
      try {
        await this.#store.get(`${PREFIX}leader`);
        if (this.#state !== emptyState) this.#fault = null;
      } catch (error) {
        this.#fault = `the store does not answer: ${(error as Error).message}`;
      }
    }
  }

  #become(state: StoreState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}
