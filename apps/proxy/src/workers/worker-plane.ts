/** The data plane of one cluster in a worker, as the parent sees it: what it said of itself, and what it was asked. */
import type { Trouble } from '../topology/trouble-log.ts';
import type {
  Answers,
  AskedWith,
  Consultation,
  FromPlane,
  PlaneState,
  Question,
  ToPlane,
} from './messages.ts';
import { NewsLine } from './news-line.ts';
import type { News } from './processes.ts';
import { Questions } from './questions.ts';
import type { Recipient } from './steering.ts';
import type { Worker } from './worker.ts';

const ANSWER_MS = 1000;

export type PlaneEvents = {
  onSettled(of: { life: number; version: number }): void;
  onTrouble(servers: readonly Trouble[]): void;
  onStale(because: string): void;
  onConsult(question: Consultation): void;
  onNews(of: { to: readonly number[]; news: News }): void;
  /** It did not answer in time, and its worker was not silent before. */
  onSilent(about: Question): void;
  onDrained(): void;
};

export class WorkerPlane implements Recipient {
  readonly worker: Worker;
  state: PlaneState = { isServing: false, notReadyBecause: 'it starts' };
  /** It can be steered, and asked. */
  isUp = false;
  /** Of the last time that it was asked. */
  metrics: Answers['metrics'] = [];
  readonly #cluster: string;
  readonly #events: PlaneEvents;
  readonly #newsLine = new NewsLine();
  readonly #questions = new Questions<Answers[Question]>();

  constructor(worker: Worker, cluster: string, events: PlaneEvents) {
    this.worker = worker;
    this.#cluster = cluster;
    this.#events = events;
  }

  send(message: ToPlane, onSent?: () => void): void {
    this.worker.send({ kind: 'plane', cluster: this.#cluster, message }, onSent);
  }

  /** False: it takes too little, and is told that some is lost. */
  post(news: News): boolean {
    return this.#newsLine.post(news, (what, onSent) =>
      this.send({ kind: 'news', news: what }, onSent),
    );
  }

  /** Null: it does not answer. */
  ask<Q extends Question>(about: Q, asked: AskedWith<Q>): Promise<Answers[Q] | null> {
    const { worker } = this;
    if (!this.isUp || worker.isGone) return Promise.resolve(null);
    const answered = this.#questions.ask((id) => this.send({ kind: 'ask', id, about, asked }));
    if (worker.isSilent) this.#questions.answer(answered.id, null);
    const timer = setTimeout(() => this.#onLate(answered.id, about), ANSWER_MS);
    return answered.then((answer) => {
      clearTimeout(timer);
      return answer as Answers[Q] | null;
    });
  }

  onMessage(message: FromPlane): void {
    switch (message.kind) {
      case 'settled':
        return this.#events.onSettled(message);
      case 'state':
        this.state = message;
        return;
      case 'trouble':
        return this.#events.onTrouble(message.servers);
      case 'stale':
        return this.#events.onStale(message.because);
      case 'consult':
        return this.#events.onConsult(message);
      case 'news':
        return this.#events.onNews(message);
      case 'answer':
        return this.#questions.answer(message.id, message.answer);
      case 'drained':
        return this.#events.onDrained();
    }
  }

  /** Nothing more comes from it. */
  end(): void {
    this.isUp = false;
    this.#questions.giveUp();
  }

  #onLate(id: number, about: Question): void {
    if (!this.worker.isSilent) this.#events.onSilent(about);
    this.worker.isSilent = true;
    this.#questions.answer(id, null);
  }
}
