/** A worker as its parent sees it: its process, and the data planes in it. */
import { fork, type ChildProcess } from 'node:child_process';
import { systemClock } from '@keyfleet/runtime';
import type { ProxyConfig } from '../config/proxy-config.ts';
import type { Failure, FromWorker, Metrics, ToWorker } from './messages.ts';
import { Questions } from './questions.ts';
import type { WorkerPlane } from './worker-plane.ts';

/** The argument by which a process of the same program knows that it is a worker. */
export const WORKER_ARGUMENT = 'worker';
const ANSWER_MS = 1000;

type Ports = ReadonlyMap<string, number>;
export type Reloaded = { readonly ports: Ports; readonly failure: Failure | null };

export type WorkerEvents = {
  onUp(): void;
  onListening(ports: Ports): void;
  /** The last: its process has ended, its sockets are closed. */
  onGone(failure: Failure): void;
};

export class Worker {
  readonly index: number;
  /** Among all that this proxy ever started. */
  readonly number: number;
  /** Of clusters, by name. */
  readonly planes = new Map<string, WorkerPlane>();
  /** By which it serves, or is about to. */
  config: ProxyConfig;
  isUp = false;
  /** Null: it does not take clients yet. */
  listensSinceMs: number | null = null;
  isGone = false;
  /** Resolves when its process has ended. */
  readonly ended: Promise<unknown>;
  /** Pings since it answered one. */
  unansweredPings = 0;
  /** It did not answer in time: nobody waits for it again until it was heard of. */
  isSilent = false;
  /** What it counts of no cluster, as of the last time that it was asked. */
  metrics: Metrics = [];
  readonly #child: ChildProcess;
  readonly #events: WorkerEvents;
  readonly #measured = new Questions<Metrics>();
  readonly #reloaded = new Questions<Reloaded>();
  #failure: Failure | null = null;

  readonly #end: (value: undefined) => void;

  /** `program`: what this process was started with. */
  constructor(
    { index, number, config }: { index: number; number: number; config: ProxyConfig },
    program: string,
    events: WorkerEvents,
  ) {
    this.index = index;
    this.number = number;
    this.config = config;
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

  get isListening(): boolean {
    return this.listensSinceMs !== null;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: ToWorker, onSent: () => void = () => undefined): void {
    // One that is gone hears nothing; that it is gone is told by `close`. One that could not be made (no descriptors are
    // left) has not even `send`; that is told by `error`.
    if (this.#child.connected) this.#child.send(message, onSent);
  }

  ping(): void {
    this.unansweredPings++;
    this.send({ kind: 'ping' });
  }

  /** What it counts of no cluster; when it does not answer in time, as it was when it did. */
  async measure(): Promise<Metrics> {
    if (!this.isUp || this.isSilent) return this.metrics;
    const answered = this.#measured.ask((id) => this.send({ kind: 'measure', id }));
    const timer = setTimeout(() => this.#measured.answer(answered.id, null), ANSWER_MS);
    this.metrics = (await answered) ?? this.metrics;
    clearTimeout(timer);
    return this.metrics;
  }

  /** Null: it has ended. One that hangs is found by its pings. */
  async reload(config: ProxyConfig, ports: Ports): Promise<Reloaded | null> {
    if (this.isGone) return null;
    const reloaded = await this.#reloaded.ask((id) =>
      this.send({ kind: 'reload', id, config, ports }),
    );
    if (reloaded?.failure === null) this.config = config;
    return reloaded;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #onMessage(message: FromWorker): void {
    this.isSilent = false;
    switch (message.kind) {
      case 'up':
        this.isUp = true;
        // What came before was for one that could not answer yet.
        this.unansweredPings = 0;
        return this.#events.onUp();
      case 'listening':
        this.listensSinceMs = systemClock.monotonicMs();
        return this.#events.onListening(message.ports);
      case 'failed':
        this.#failure = message;
        return;
      case 'pong':
        this.unansweredPings = 0;
        return;
      default:
        return this.#onTalk(message);
    }
  }

  #onTalk(message: Extract<FromWorker, { kind: 'plane' | 'measured' | 'reloaded' }>): void {
    switch (message.kind) {
      case 'plane':
        // Of a cluster that is no more it may still speak.
        return this.planes.get(message.cluster)?.onMessage(message.message);
      case 'measured':
        return this.#measured.answer(message.id, message.metrics);
      case 'reloaded':
        return this.#reloaded.answer(message.id, message);
    }
  }

  #onFailure(because: string): void {
    this.#failure ??= { because, code: null, mistakes: null };
    // A process that was never made has no end either.
    if (this.pid === undefined) this.#onClose(null, null);
  }

  #onClose(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.isGone) return;
    this.isGone = true;
    this.#measured.giveUp();
    this.#reloaded.giveUp();
    for (const plane of this.planes.values()) plane.end();
    const because = signal === null ? `it ended with code ${code ?? -1}` : `${signal} ended it`;
    this.#events.onGone(this.#failure ?? { because, code: null, mistakes: null });
    this.#end(undefined);
  }
}
