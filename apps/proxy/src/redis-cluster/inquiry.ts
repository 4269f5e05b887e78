/**
 * Several nodes asked at once. Who does not answer must not delay the others: in a failover that is the very node that
 * everybody waits for.
 */
import type { Clock } from '@keyfleet/runtime';

/** From the first answer on: what others may still take to be heard with it. */
const TOGETHER_MS = 100;

export class Inquiry<Answer> {
  readonly answers: Answer[] = [];
  readonly failures = new Map<string, string>();
  readonly #clock: Clock;
  #pending = 0;
  #onAnswer = Promise.withResolvers<undefined>();
  #onAll = Promise.withResolvers<undefined>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `whom` is asked from now on, besides those that were asked before. */
  ask(whom: string, answer: Promise<Answer>): void {
    if (this.#pending++ === 0) this.#onAll = Promise.withResolvers();
    answer
      .then(
        (heard) => {
          this.answers.push(heard);
          this.#onAnswer.resolve(undefined);
        },
        (error: unknown) => this.failures.set(whom, (error as Error).message),
      )
      .finally(() => {
        if (--this.#pending === 0) this.#onAll.resolve(undefined);
      });
  }

  /** Resolves when all have answered or failed, or, at the latest after `patienceMs`, those that answer together. */
  async settled(patienceMs: number): Promise<void> {
    if (this.#pending === 0) return;
    await this.#within(patienceMs, this.#onAnswer.promise);
    if (this.answers.length > 0) await this.#within(TOGETHER_MS, this.#onAll.promise);
  }

  /** Or when nobody is left who could. */
  async #within(ms: number, event: Promise<undefined>): Promise<void> {
    const over = new AbortController();
    await Promise.race([event, this.#onAll.promise, this.#clock.sleep(ms, over.signal)]);
    over.abort();
  }
}
