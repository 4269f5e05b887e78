/**
 * Whether a failure is to be logged. One that repeats is said at once, and again after a while: a log is read from its
 * end, where silence means that all is well.
 */
import type { Clock } from '@keyfleet/runtime';

const AGAIN_MS = 60_000;

export class Reminder {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #text = '';
  #saidAtMs = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Whoever asks says it if the answer is yes. */
  isDue(text: string): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (text === this.#text && nowMs - this.#saidAtMs < AGAIN_MS) return false;
    this.#text = text;
    this.#saidAtMs = nowMs;
    return true;
  }

  /** It went well: the next failure is news. */
  clear(): void {
    this.#text = '';
  }
}
