/**
 * All workers of a proxy, as one of them sees them: what it asks goes to its parent, which asks the others. One question
 * at a time, however many clients ask: so no more than one answer of each worker is on its way to this one.
 */
import type { Logger } from '@keyfleet/runtime';
import type { Consultation, ToWorker } from './messages.ts';
import {
  isOrdered,
  type Answer,
  type Asked,
  type ProcessAnswers,
  type Processes,
  type Topic,
} from './processes.ts';

/** The parent gives a worker less. One that hangs itself is not waited for again until it was heard of. */
const PARENT_ANSWER_MS = 2000;

export type PooledProcessesEnv = {
  readonly answers: ProcessAnswers;
  readonly consult: (question: Consultation) => void;
  readonly log: Logger;
};

type Question = Pick<Consultation, 'about' | 'asked'> & {
  readonly then: (answers: readonly Answer<Topic>[]) => void;
};

export class PooledProcesses implements Processes {
  readonly #env: PooledProcessesEnv;
  readonly #waiting: Question[] = [];
  #isAsking = false;
  #lastId = 0;
  #awaited: { id: number; take: (answers: readonly Answer<Topic>[]) => void } | null = null;
  #isParentSilent = false;

  constructor(env: PooledProcessesEnv) {
    this.#env = env;
  }

  ask<T extends Topic>(
    about: T,
    asked: Asked<T>,
    then: (answers: readonly Answer<T>[]) => void,
  ): void {
    this.#waiting.push({ about, asked, then });
    if (!this.#isAsking) void this.#askInTurn();
  }

  tell<T extends Topic>(about: T, asked: Asked<T>): Answer<T> {
    this.#env.consult({ id: ++this.#lastId, about, asked });
    return this.answer(about, asked);
  }

  /** Of this process alone. */
  answer<T extends Topic>(about: T, asked: Asked<T>): Answer<T> {
    return this.#env.answers[about](asked);
  }

  /** The parent said something. */
  onHeard(): void {
    this.#isParentSilent = false;
  }

  onConsulted({ id, answers }: Extract<ToWorker, { kind: 'consulted' }>): void {
    if (id === this.#awaited?.id) this.#awaited.take(answers);
  }

  async #askInTurn(): Promise<void> {
    this.#isAsking = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      next.then(await this.#askAll(next));
    this.#isAsking = false;
  }

  async #askAll({ about, asked }: Question): Promise<readonly Answer<Topic>[]> {
    if (isOrdered(about))
      return (await this.#askParent(about, asked)) ?? [this.answer(about, asked)];
    const own = this.answer(about, asked);
    return [own, ...((await this.#askParent(about, asked)) ?? [])];
  }

  /** Null: it does not answer. */
  #askParent(about: Topic, asked: Asked<Topic>): Promise<readonly Answer<Topic>[] | null> {
    const id = ++this.#lastId;
    this.#env.consult({ id, about, asked });
    if (this.#isParentSilent) return Promise.resolve(null);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#isParentSilent = true;
        this.#env.log.warn({ about }, 'parent does not answer; answered without the other workers');
        resolve(null);
      }, PARENT_ANSWER_MS);
      const take = (answers: readonly Answer<Topic>[]): void => {
        clearTimeout(timer);
        resolve(answers);
      };
      this.#awaited = { id, take };
    });
  }
}
