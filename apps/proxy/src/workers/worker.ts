/** A worker as its parent sees it: its process, what it said of itself, and what it was asked. */
import { fork, type ChildProcess } from 'node:child_process';
import { systemClock } from '@keyfleet/runtime';
import type { Trouble } from '../topology/trouble-log.ts';
import type {
  Answers,
  AskedWith,
  Consultation,
  Failure,
  FromWorker,
  Question,
  ToWorker,
  WorkerState,
} from './messages.ts';
import { NewsLine } from './news-line.ts';
import type { News } from './processes.ts';
import type { Recipient } from './steering.ts';

/** The argument by which a process of the same program knows that it is a worker. */
export const WORKER_ARGUMENT = 'worker';
const ANSWER_MS = 1000;

export type WorkerEvents = {
  onUp(): void;
  onListening(port: number): void;
  onSettled(of: { life: number; version: number }): void;
  onTrouble(servers: readonly Trouble[]): void;
  onStale(because: string): void;
  onConsult(question: Consultation): void;
  onNews(of: { to: readonly number[]; news: News }): void;
  /** It did not answer in time, and was not silent before. */
  onSilent(about: Question): void;
  /** The last: its process has ended, its sockets are closed. */
  onGone(failure: Failure): void;
};

export class Worker implements Recipient {
  readonly index: number;
  /** Among all that this proxy ever started. */
  readonly number: number;
  state: WorkerState = { isServing: false, notReadyBecause: 'it starts' };
  isUp = false;
  isListening = false;
  isGone = false;
  /** Resolves when its process has ended. */
  readonly ended: Promise<unknown>;
  /** Pings since it answered one. */
  unansweredPings = 0;
  readonly startedAtMs = systemClock.monotonicMs();
  /** Of the last time that it was asked. */
  metrics: Answers['metrics'] = [];
  readonly #child: ChildProcess;
  readonly #events: WorkerEvents;
  readonly #newsLine = new NewsLine();
  readonly #questions = new Map<number, (answer: Answers[Question] | null) => void>();
  #lastQuestion = 0;
  /** It did not answer in time: nobody waits for it again until it was heard of. */
  #isSilent = false;
  #failure: Failure | null = null;

  readonly #end: (value: undefined) => void;

  /** `program`: what this process was started with. */
  constructor(
    { index, number }: { index: number; number: number },
    program: string,
    events: WorkerEvents,
  ) {
    this.index = index;
    this.number = number;
    this.#events = events;
    ({ promise: this.ended, resolve: this.#end } = Promise.withResolvers<undefined>());
    this.#child = fork(program, [WORKER_ARGUMENT], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message) => this.#onMessage(message as unknown as FromWorker));
    this.#child.on('error', (error) => this.#onFailure(String(error)));
    // Not `exit`: what it said last may still be on its way then.
    this.#child.on('close', (code, signal) => this.#onClose(code, signal));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: ToWorker, onSent: () => void = () => undefined): void {
    // One that is gone hears nothing; that it is gone is told by `close`. One that could not be made (no descriptors are
    // left) has not even `send`; that is told by `error`.
    if (this.#child.connected) this.#child.send(message, onSent);
  }

  /** False: it takes too little, and is told that some is lost. */
  post(news: News): boolean {
    return this.#newsLine.post(news, (what, onSent) =>
      this.send({ kind: 'news', news: what }, onSent),
    );
  }

  ping(): void {
    this.unansweredPings++;
    this.send({ kind: 'ping' });
  }

  /** Null: it does not answer. */
  ask<Q extends Question>(about: Q, asked: AskedWith<Q>): Promise<Answers[Q] | null> {
    if (!this.isUp || this.isGone) return Promise.resolve(null);
    const id = ++this.#lastQuestion;
    this.send({ kind: 'ask', id, about, asked });
    if (this.#isSilent) return Promise.resolve(null);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#onLate(id, about), ANSWER_MS);
      this.#questions.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer as Answers[Q] | null);
      });
    });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #onMessage(message: FromWorker): void {
    this.#isSilent = false;
    switch (message.kind) {
      case 'up':
        this.isUp = true;
        // What came before was for one that could not answer yet.
        this.unansweredPings = 0;
        return this.#events.onUp();
      case 'listening':
        this.isListening = true;
        return this.#events.onListening(message.port);
      case 'failed':
        this.#failure = message;
        return;
      case 'settled':
        return this.#events.onSettled(message);
      case 'state':
        this.state = message;
        return;
      case 'trouble':
        return this.#events.onTrouble(message.servers);
      case 'stale':
        return this.#events.onStale(message.because);
      case 'pong':
        this.unansweredPings = 0;
        return;
      default:
        return this.#onTalk(message);
    }
  }

  #onTalk(message: Extract<FromWorker, { kind: 'consult' | 'news' | 'answer' }>): void {
    switch (message.kind) {
      case 'consult':
        return this.#events.onConsult(message);
      case 'news':
        return this.#events.onNews(message);
      case 'answer':
        return this.#answer(message.id, message.answer);
    }
  }

  #onLate(id: number, about: Question): void {
    if (!this.#isSilent) this.#events.onSilent(about);
    this.#isSilent = true;
    this.#answer(id, null);
  }

  #answer(id: number, answer: Answers[Question] | null): void {
    const take = this.#questions.get(id);
    this.#questions.delete(id);
    take?.(answer);
  }

  #onFailure(because: string): void {
    this.#failure ??= { because, code: null, mistakes: null };
    // A process that was never made has no end either.
    if (this.pid === undefined) this.#onClose(null, null);
  }

  #onClose(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.isGone) return;
    this.isGone = true;
    for (const id of [...this.#questions.keys()]) this.#answer(id, null);
    const because = signal === null ? `it ended with code ${code ?? -1}` : `${signal} ended it`;
    this.#events.onGone(this.#failure ?? { because, code: null, mistakes: null });
    this.#end(undefined);
  }
}
