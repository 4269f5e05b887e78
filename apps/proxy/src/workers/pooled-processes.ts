/**
 * All workers of a proxy, as one of them sees them: what it asks goes to its parent, which asks the others. One question
 * at a time, however many clients ask: so no more than one answer of each worker is on its way to this one.
 */
import type { Logger } from '@keyfleet/runtime';
import type { Consultation, FromPlane, ToPlane } from './messages.ts';
import { NewsLine } from './news-line.ts';
import {
  isOrdered,
  type Answer,
  type Asked,
  type News,
  type ProcessPart,
  type Processes,
  type Topic,
} from './processes.ts';

/** The parent gives a worker less. One that hangs itself is not waited for again until it was heard of. */
const PARENT_ANSWER_MS = 2000;

export type PooledProcessesEnv = {
  readonly number: number;
  readonly part: ProcessPart;
  readonly send: (message: FromPlane, onSent?: () => void) => void;
  readonly log: Logger;
};

type Question = Pick<Consultation, 'about' | 'asked'> & {
  readonly then: (answers: readonly Answer<Topic>[]) => void;
};

export class PooledProcesses implements Processes {
  readonly #env: PooledProcessesEnv;
  readonly #waiting: Question[] = [];
  /** To the parent: for whom it was is of no account when all of it is too much. */
  readonly #newsLine = new NewsLine();
  #isAsking = false;
  #lastId = 0;
  #awaited: { id: number; take: (answers: readonly Answer<Topic>[]) => void } | null = null;
  #isParentSilent = false;

  constructor(env: PooledProcessesEnv) {
    this.#env = env;
  }

  get number(): number {
    return this.#env.number;
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
    this.#consult(about, asked);
    return this.answer(about, asked);
  }

  post(to: ReadonlySet<number>, news: News): void {
    const { send, log } = this.#env;
    const isTaken = this.#newsLine.post(news, (what, onSent) =>
      send({ kind: 'news', to: [...to], news: what }, onSent),
    );
    if (!isTaken) log.warn('parent takes too little; monitors of other workers are closed');
  }

  /** Of this process alone. */
  answer<T extends Topic>(about: T, asked: Asked<T>): Answer<T> {
    return this.#env.part.answers[about](asked);
  }

  onNews(news: News): void {
    this.#env.part.onNews(news);
  }

  onLeft(process: number): void {
    this.#env.part.onLeft(process);
  }

  /** The parent said something. */
  onHeard(): void {
    this.#isParentSilent = false;
  }

  onConsulted({ id, answers }: Extract<ToPlane, { kind: 'consulted' }>): void {
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
    const id = this.#consult(about, asked);
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

  #consult(about: Topic, asked: Asked<Topic>): number {
    const question: Consultation = { id: ++this.#lastId, about, asked };
    this.#env.send({ kind: 'consult', ...question });
    return question.id;
  }
}
