/**
 * Several event loops on one port (`--workers N`): this process has the control plane and the admin port, its workers
 * have the clients (docs/adr/0012). A worker that ends is replaced. One that does not answer is killed: nobody
 * could know what it still passes on, and the acknowledgement of a hold would wait for it.
 */
import { systemClock, type Logger } from '@keyfleet/runtime';
import type { Topology } from '@keyfleet/topology';
import type { ClientView } from '../admin/client-view.ts';
import type { SlowView } from '../admin/slow-view.ts';
import type { ProxySettings } from '../settings.ts';
import { TroubleLog, type Trouble } from '../topology/trouble-log.ts';
import { claimPort } from './claim-port.ts';
import type { DataPlane, LeaseGrant } from './data-plane.ts';
import { newRunId } from './proxy-run.ts';
import { MachineClock } from './machine-clock.ts';
import type { Failure, Metrics, ToWorker } from './messages.ts';
import { PooledRegistry } from './pooled-registry.ts';
import type { News } from './processes.ts';
import { relay } from './relay.ts';
import { isHopeless, restartDelayMs, STABLE_MS } from './restart-policy.ts';
import { startError } from './start-error.ts';
import { Steering } from './steering.ts';
import { addWorkerMetrics } from './worker-metrics.ts';
import { shareOf } from './worker-share.ts';
import { Worker } from './worker.ts';

const PING_MS = 500;
/** Pings, not time: if this process slept too, it asks again before it judges. Above the lease, past which it is closed anyway. */
const UNANSWERED_MAX = 8;
const UNANSWERED_MAX_AT_START = 60;
/** Not ready from here on: it still takes connections. */
const UNANSWERED_IS_SILENT = 3;
/** Above `drainMs`: what the rest of a worker's stop takes. */
const STOP_EXTRA_MS = 1000;

export type PoolHost = {
  /** What this process was started with: the workers' program too. */
  readonly program: string;
  /** No worker is left and none stays. */
  readonly onHopeless: (error: Error) => void;
};

type Place = { index: number; worker: Worker | null; failures: number; restarts: number };
type WorkerEnd = { workerPid: number | undefined; because: string; livedMs: number };
type Listens = Extract<ToWorker, { kind: 'start' }>['listens'];

/** Throws ConfigError for settings that cannot work here. */
export async function startWorkerPool(
  settings: ProxySettings,
  log: Logger,
  host: PoolHost,
): Promise<WorkerPool> {
  const pool = new WorkerPool(settings, log, host);
  try {
    await pool.start();
    return pool;
  } catch (error) {
    await pool.stop();
    throw error;
  }
}

export class WorkerPool implements DataPlane {
  port: number;
  onSettled: () => void = () => undefined;
  onStale: (because: string) => void = () => undefined;
  readonly registry = new PooledRegistry(() => this.#metrics());
  readonly #settings: ProxySettings;
  readonly #log: Logger;
  readonly #host: PoolHost;
  readonly #places: Place[];
  readonly #steering = new Steering(new MachineClock());
  readonly #trouble: TroubleLog;
  readonly #stopped = new AbortController();
  /** Later: no worker is left. */
  readonly #ended = new AbortController();
  readonly #runId = newRunId();
  readonly #startedAtMs = systemClock.monotonicMs();
  #spawned = 0;
  #hasStarted = false;

  constructor(settings: ProxySettings, log: Logger, host: PoolHost) {
    this.port = settings.port;
    this.#settings = settings;
    this.#log = log;
    this.#host = host;
    this.#trouble = new TroubleLog(log);
    this.#places = Array.from({ length: settings.workers }, (_, index) => {
      return { index, worker: null, failures: 0, restarts: 0 };
    });
    this.#steering.onSettled = () => this.onSettled();
    addWorkerMetrics(this.registry, this.#places);
  }

  get topology(): Topology | null {
    return this.#steering.topology;
  }

  get appliedVersion(): number {
    return this.#steering.appliedVersion;
  }

  get lapses(): number {
    return this.#steering.lapses;
  }

  get isServing(): boolean {
    return this.#workers().some(({ state }) => state.isServing);
  }

  /** Resolves when all workers listen; rejects when one cannot. */
  async start(): Promise<void> {
    const { bind, port } = this.#settings;
    if (port !== 0) await claimPort({ host: bind, port }, systemClock);
    void this.#pingForEver();
    const places = [...this.#places];
    // Port 0 is any: the first finds one, the others follow.
    if (port === 0) this.port = await this.#spawn(places.shift()!, 'atOnce');
    await Promise.all(places.map((place) => this.#spawn(place, 'atOnce')));
    this.#hasStarted = true;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#workers().map((worker) => this.#end(worker)));
    this.#ended.abort();
  }

  grant(grant: LeaseGrant): void {
    this.#steering.grant(grant);
  }

  lapse(): void {
    this.#steering.lapse();
  }

  apply(topology: Topology): void {
    this.#steering.apply(topology);
  }

  remember(topology: Topology, mayServe: boolean): void {
    this.#steering.remember(topology, mayServe);
  }

  forget(): void {
    this.#steering.forget();
  }

  takeTrouble(): Trouble[] {
    return this.#trouble.take();
  }

  /** A worker that does not listen is sent nothing; each that does has to be ready. */
  notReadyBecause(): string | null {
    if (this.#stopped.signal.aborted) return 'draining';
    const listening = this.#workers().filter(({ isListening }) => isListening);
    if (listening.length === 0) return 'no worker listens';
    const silent = listening.find((worker) => worker.unansweredPings >= UNANSWERED_IS_SILENT);
    if (silent !== undefined) return `worker ${silent.index} does not answer`;
    return listening.map(({ state }) => state.notReadyBecause).find((one) => one !== null) ?? null;
  }

  async clients(): Promise<ClientView[]> {
    const answers = await Promise.all(this.#workers().map((worker) => worker.ask('clients', null)));
    return answers.flatMap((answer) => answer ?? []);
  }

  async slowLog(): Promise<SlowView[]> {
    const answers = await Promise.all(this.#workers().map((worker) => worker.ask('slowLog', null)));
    return answers.flatMap((answer) => answer ?? []).sort((a, b) => b.atSeconds - a.atSeconds);
  }

  #workers(): Worker[] {
    return this.#places.flatMap(({ worker }) => worker ?? []);
  }

  /** Resolves with the port when the worker listens; rejects when it ends before. Throws when no process can be made. */
  #spawn(place: Place, listens: Listens): Promise<number> {
    const listening = Promise.withResolvers<number>();
    const worker = new Worker({ index: place.index, number: this.#spawned++ }, this.#host.program, {
      onUp: () => this.#steering.join(worker),
      onListening: listening.resolve,
      onSettled: (of) => this.#steering.settled(worker, of),
      onTrouble: (servers) => {
        for (const trouble of servers) this.#trouble.add(trouble);
      },
      onStale: (because) => this.onStale(because),
      onConsult: (question) => void relay(question, worker, this.#workers()),
      onNews: (of) => this.#post(worker, of),
      onSilent: (about) =>
        this.#log.warn({ worker: place.index, about }, 'worker does not answer; others did'),
      onGone: (failure) => {
        listening.reject(startError(failure));
        this.#onGone(place, worker, failure);
      },
    });
    place.worker = worker;
    worker.send({
      kind: 'start',
      index: place.index,
      settings: { ...shareOf(this.#settings), port: this.port },
      process: worker.number,
      run: { runId: this.#runId, upMs: systemClock.monotonicMs() - this.#startedAtMs },
      listens,
    });
    return listening.promise;
  }

  #post(from: Worker, { to, news }: { to: readonly number[]; news: News }): void {
    for (const process of to) {
      const worker = this.#workers().find(({ number }) => number === process);
      // What it was told of one that has ended may have come after it was told of the end.
      if (worker === undefined) from.send({ kind: 'left', process });
      else if (!worker.post(news))
        this.#log.warn(
          { worker: worker.index },
          'worker takes too little; its monitors are closed',
        );
    }
  }

  #onGone(place: Place, worker: Worker, { because }: Failure): void {
    this.#steering.leave(worker);
    this.registry.retire(worker.metrics);
    place.worker = null;
    for (const other of this.#workers().filter(({ isUp }) => isUp))
      other.send({ kind: 'left', process: worker.number });
    if (this.#stopped.signal.aborted) return;
    // Whoever starts the proxy hears of it; of the successor of one that listened already, nobody does.
    const isFirst = place.failures === 0;
    if (!this.#hasStarted && !worker.isListening && isFirst) return;
    const livedMs = systemClock.monotonicMs() - worker.startedAtMs;
    this.#replace(place, { workerPid: worker.pid, because, livedMs });
  }

  #replace(place: Place, end: WorkerEnd): void {
    const { because, livedMs } = end;
    place.failures = livedMs >= STABLE_MS ? 1 : place.failures + 1;
    const restartInMs = restartDelayMs(place.failures);
    this.#log.error({ worker: place.index, ...end, restartInMs }, 'worker ended');
    if (
      isHopeless(
        this.#places.map(({ worker: now, failures }) => ({ isAlive: now !== null, failures })),
      )
    )
      return this.#host.onHopeless(new Error(`Cannot keep a worker running: ${because}`));
    void this.#restart(place, restartInMs);
  }

  async #restart(place: Place, delayMs: number): Promise<void> {
    await systemClock.sleep(delayMs, this.#stopped.signal);
    if (this.#stopped.signal.aborted) return;
    place.restarts++;
    try {
      // One that ends before it listens is seen by #onGone.
      this.#spawn(place, 'whenReady').catch(() => undefined);
    } catch (error) {
      // Not even begun: there is no memory for a process, say.
      this.#replace(place, { workerPid: undefined, because: String(error), livedMs: 0 });
    }
  }

  /** Also while they drain, which may take long: the session goes on, and holds would wait for one that hangs. */
  async #pingForEver(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const workers = this.#workers();
      for (const worker of workers) {
        const isLost =
          worker.unansweredPings >= (worker.isUp ? UNANSWERED_MAX : UNANSWERED_MAX_AT_START);
        if (isLost) this.#kill(worker, 'it does not answer');
        else worker.ping();
      }
      await systemClock.sleep(PING_MS, signal);
    }
  }

  #kill(worker: Worker, because: string): void {
    const { index: of, pid: workerPid } = worker;
    this.#log.error({ worker: of, workerPid, because }, 'worker killed');
    worker.kill();
  }

  async #end(worker: Worker): Promise<void> {
    if (worker.isUp) worker.send({ kind: 'stop' });
    else worker.kill();
    const ended = new AbortController();
    void worker.ended.then(() => ended.abort());
    await systemClock.sleep(this.#settings.drainMs + STOP_EXTRA_MS, ended.signal);
    if (!worker.isGone) this.#kill(worker, 'it does not stop');
    await worker.ended;
  }

  async #metrics(): Promise<Metrics[]> {
    const workers = this.#workers();
    await Promise.all(
      workers.map(async (worker) => {
        worker.metrics = (await worker.ask('metrics', null)) ?? worker.metrics;
      }),
    );
    return workers.filter(({ isGone }) => !isGone).map(({ metrics }) => metrics);
  }
}
