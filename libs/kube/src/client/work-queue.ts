/**
 * Keys that want work, each worked on by one worker at a time. A key is not a job: added often before its turn, it is
 * worked on once; added while it is worked on, once more afterwards, because what was seen may have changed since.
 */
import type { Clock, Logger } from '@keyfleet/runtime';
import { backoffMs, type Backoff } from './backoff.ts';
import { Reminder } from './reminder.ts';

const BACKOFF: Backoff = { firstMs: 1_000, maxMs: 60_000 };
/** Whatever work waits for has an end of its own. This is for what was forgotten: its key would never be worked on again. */
const WORK_MS_MAX = 300_000;

export type WorkQueueOptions = {
  /** Whatever it throws means: again, later. The signal aborts when the queue is stopped, and when it takes far too long. */
  readonly work: (key: string, signal: AbortSignal) => Promise<void>;
  readonly workers: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Between failures of one key in a row. */
  readonly backoff?: Backoff;
};

type Delayed = { readonly dueMs: number; readonly cancel: AbortController };
type Failing = { readonly failures: number; readonly reminder: Reminder };

export class WorkQueue {
  readonly #options: WorkQueueOptions;
  /** Since when they wait, in the order in which they get their turn. */
  readonly #ready = new Map<string, number>();
  readonly #running = new Map<string, Promise<void>>();
  /** Added while they are worked on, and when. */
  readonly #again = new Map<string, number>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #failing = new Map<string, Failing>();
  readonly #stopping = new AbortController();

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** Keys that want work now and have to wait for it. */
  get length(): number {
    return this.#ready.size + this.#again.size;
  }

  /** Keys that are worked on. */
  get running(): number {
    return this.#running.size;
  }

  /** Keys whose work failed the last time. */
  get failing(): number {
    return this.#failing.size;
  }

  /** How long the key that waits longest has waited; 0 when none does. */
  get oldestWaitMs(): number {
    const nowMs = this.#options.clock.monotonicMs();
    const since = [...this.#ready.values(), ...this.#again.values()];
    return since.length === 0 ? 0 : nowMs - Math.min(...since);
  }

  add(key: string): void {
    if (this.#stopping.signal.aborted) return;
    const wanting = this.#running.has(key) ? this.#again : this.#ready;
    if (!wanting.has(key)) wanting.set(key, this.#options.clock.monotonicMs());
    this.#startWork();
  }

  /** Of several such wishes for a key, the earliest holds. */
  addAfter(key: string, ms: number): void {
    if (this.#stopping.signal.aborted) return;
    const dueMs = this.#options.clock.monotonicMs() + ms;
    const planned = this.#delayed.get(key);
    if (planned && planned.dueMs <= dueMs) return;
    planned?.cancel.abort();
    const cancel = new AbortController();
    this.#delayed.set(key, { dueMs, cancel });
    void this.#addWhenDue(key, ms, cancel.signal);
  }

  /** What waits is forgotten; what is worked on is asked to end, and waited for. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#ready.clear();
    this.#again.clear();
    for (const { cancel } of this.#delayed.values()) cancel.abort();
    this.#delayed.clear();
    await Promise.all(this.#running.values());
  }

  async #addWhenDue(key: string, ms: number, cancelled: AbortSignal): Promise<void> {
    await this.#options.clock.sleep(ms, cancelled);
    if (cancelled.aborted) return;
    this.#delayed.delete(key);
    this.add(key);
  }

  #startWork(): void {
    for (const key of this.#ready.keys()) {
      if (this.#running.size >= this.#options.workers) return;
      this.#ready.delete(key);
      this.#running.set(key, this.#workOn(key));
    }
  }

  async #workOn(key: string): Promise<void> {
    const { signal: stopping } = this.#stopping;
    const done = new AbortController();
    await Promise.resolve(); // first the key counts as running, whatever its work does at once
    try {
      const signal = AbortSignal.any([stopping, this.#limitOf(key, done.signal)]);
      await this.#options.work(key, signal);
      this.#failing.delete(key);
    } catch (error) {
      if (!stopping.aborted) this.#planRetry(key, error);
    } finally {
      done.abort();
    }
    this.#running.delete(key);
    const since = this.#again.get(key);
    this.#again.delete(key);
    if (since !== undefined) this.#ready.set(key, since);
    this.#startWork();
  }

  /** Aborts when the work on the key should have been done long since. */
  #limitOf(key: string, done: AbortSignal): AbortSignal {
    const { clock, log } = this.#options;
    const limit = new AbortController();
    void (async () => {
      await clock.sleep(WORK_MS_MAX, done);
      if (done.aborted) return;
      log.error({ key }, 'work takes too long, ended');
      limit.abort(new Error(`Cannot work on ${key}: no end after ${WORK_MS_MAX} ms`));
    })();
    return limit.signal;
  }

  #planRetry(key: string, error: unknown): void {
    const { clock, random, log, backoff = BACKOFF } = this.#options;
    const before = this.#failing.get(key) ?? { failures: 0, reminder: new Reminder(clock) };
    const { reminder } = before;
    const failures = before.failures + 1;
    const waitMs = backoffMs(failures, backoff, random);
    if (reminder.isDue(String(error)))
      log.warn({ key, err: error, failures, waitMs }, 'work failed');
    this.#failing.set(key, { failures, reminder });
    this.addAfter(key, waitMs);
  }
}
