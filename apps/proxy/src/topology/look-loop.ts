/**
 * When to look at an upstream that tells nothing by itself: now and then, soon while it is expected to change, and at once
 * when somebody says that what is known is out of date. That is said for each request that a server refuses: between two
 * looks there is a pause, short behind a change, longer the more often nothing changed.
 */
import type { Clock } from '@keyfleet/runtime';

const PAUSE_MIN_MS = 20;
const PAUSE_MAX_MS = 250;
const UNSETTLED_MS = 1000;

/** `unsettled`: nothing changed, but something is expected to. */
export type Outcome = 'changed' | 'settled' | 'unsettled';

export class LookLoop {
  readonly #refreshMs: () => number;
  readonly #clock: Clock;
  readonly #look: () => Promise<Outcome>;
  readonly #stopped = new AbortController();
  #wish = new AbortController();
  #leaveLook: () => void = () => undefined;
  #pauseMs = PAUSE_MIN_MS;
  #running: Promise<void> = Promise.resolve();

  constructor(look: () => Promise<Outcome>, clock: Clock, refreshMs: () => number) {
    this.#look = look;
    this.#clock = clock;
    this.#refreshMs = refreshMs;
  }

  get isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  start(): void {
    this.#running = this.#lookForEver();
  }

  /** What a look finds from now on is for nobody: it is not waited for, as servers may be silent. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#leaveLook();
    await this.#running;
  }

  /** Looks as soon as it may. */
  wish(): void {
    this.#wish.abort();
  }

  async #lookForEver(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      // A wish that comes meanwhile may be about what is not told yet: it is for the next look.
      this.#wish = new AbortController();
      const outcome = await this.#lookUntilStopped();
      if (outcome === null || signal.aborted) return;
      this.#pauseMs =
        outcome === 'changed' ? PAUSE_MIN_MS : Math.min(this.#pauseMs * 2, PAUSE_MAX_MS);
      await this.#clock.sleep(this.#pauseMs, signal);
      // One change is often part of several; and what only one server told is to be confirmed by others.
      const refreshMs = this.#refreshMs();
      const untilMs = outcome === 'settled' ? refreshMs : Math.min(refreshMs, UNSETTLED_MS);
      await this.#sleepUntilWished(untilMs - this.#pauseMs);
    }
  }

  /** Null: it was stopped. */
  #lookUntilStopped(): Promise<Outcome | null> {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome | null>();
    this.#leaveLook = () => resolve(null);
    this.#look().then(resolve, reject);
    return promise;
  }

  async #sleepUntilWished(ms: number): Promise<void> {
    const { signal } = this.#wish;
    if (signal.aborted || ms <= 0) return;
    await this.#clock.sleep(ms, AbortSignal.any([this.#stopped.signal, signal]));
    if (!signal.aborted) this.#pauseMs = PAUSE_MIN_MS;
  }
}
