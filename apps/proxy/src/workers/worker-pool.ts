/**
 * Several event loops on the same ports (`--workers N`): this process has the control planes and the admin port, its workers
 * have the clients (docs/adr/0012), of all clusters. A worker that ends is replaced. One that does not answer is killed: nobody
 * could know what it still passes on, and the acknowledgement of a hold would wait for it.
 */
import { ConfigError, systemClock, type Logger, type LogTarget } from '@keyfleet/runtime';
import type { ProxyConfig } from '../config/proxy-config.ts';
import { listenerNames } from '../listeners/listener-name.ts';
import { claimPort } from './claim-port.ts';
import { clusterLog } from './cluster-log.ts';
import type { DataPlanes, GoneCluster } from './data-planes.ts';
import type { Failure, ToWorker } from './messages.ts';
import { PooledDataPlane } from './pooled-data-plane.ts';
import { PooledRegistry } from './pooled-registry.ts';
import { newRunId } from './proxy-run.ts';
import { isHopeless, restartDelayMs, STABLE_MS } from './restart-policy.ts';
import { startError } from './start-error.ts';
import { addWorkerMetrics } from './worker-metrics.ts';
import { Worker, type Reloaded } from './worker.ts';

const PING_MS = 500;
/** Pings, not time: if this process slept too, it asks again before it judges. Above the lease, past which it is closed anyway. */
const UNANSWERED_MAX = 8;
const UNANSWERED_MAX_AT_START = 60;
/** Above `drainMs`: what the rest of a worker's stop takes. */
const STOP_EXTRA_MS = 1000;

export type PoolHost = {
  /** What this process was started with: the workers' program too. */
  readonly program: string;
  /** No worker is left and none stays. */
  readonly onHopeless: (error: Error) => void;
};

type Place = { index: number; worker: Worker | null; failures: number; restarts: number };
type WorkerEnd = { workerPid: number | undefined; because: string; servedMs: number };
type Listens = Extract<ToWorker, { kind: 'start' }>['listens'];
type Ports = ReadonlyMap<string, number>;

/** Throws ConfigError for settings that cannot work here. */
export async function startWorkerPool(
  config: ProxyConfig,
  log: Logger,
  host: PoolHost,
): Promise<WorkerPool> {
  const pool = new WorkerPool(config, log, host);
  try {
    await pool.start();
    return pool;
  } catch (error) {
    await pool.stop();
    throw error;
  }
}

export class WorkerPool implements DataPlanes {
  readonly registry = new PooledRegistry(() =>
    Promise.all(this.#workers().map((worker) => worker.measure())),
  );
  readonly #log: Logger;
  readonly #host: PoolHost;
  readonly #places: Place[];
  readonly #stopped = new AbortController();
  /** Later: no worker is left. */
  readonly #ended = new AbortController();
  readonly #runId = newRunId();
  readonly #startedAtMs = systemClock.monotonicMs();
  readonly #draining = new Map<string, PooledDataPlane>();
  #config: ProxyConfig;
  #planes: ReadonlyMap<string, PooledDataPlane>;
  #ports: Ports = new Map();
  #spawned = 0;
  /** Where it is not what the configuration says. */
  #logTarget: LogTarget | null = null;
  #hasStarted = false;

  constructor(config: ProxyConfig, log: Logger, host: PoolHost) {
    this.#config = config;
    this.#log = log;
    this.#host = host;
    this.#places = Array.from({ length: config.process.workers }, (_, index) => {
      return { index, worker: null, failures: 0, restarts: 0 };
    });
    this.#planes = this.#planesOf(config);
    addWorkerMetrics(this.registry, this.#places);
  }

  get planes(): ReadonlyMap<string, PooledDataPlane> {
    return this.#planes;
  }

  get ports(): Ports {
    return this.#ports;
  }

  /** Resolves when all workers listen; rejects when one cannot. */
  async start(): Promise<void> {
    const hasAnyPort = await this.#claim(this.#config);
    void this.#pingForEver();
    const places = [...this.#places];
    // The first finds ports that are free, the others follow.
    if (hasAnyPort) this.#ports = await this.#spawn(places.shift()!, 'atOnce');
    const ports = await Promise.all(places.map((place) => this.#spawn(place, 'atOnce')));
    this.#ports = ports[0] ?? this.#ports;
    this.#hasStarted = true;
  }

  setLog(target: LogTarget): void {
    this.#logTarget = target;
    for (const worker of this.#workers()) if (worker.isUp) worker.send({ kind: 'log', target });
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const plane of this.#planes.values()) plane.drain();
    await Promise.all(this.#workers().map((worker) => this.#end(worker)));
    this.#ended.abort();
  }

  /** The first worker tells whether it can be; the others must be able to do what it could. */
  async reload(config: ProxyConfig): Promise<readonly GoneCluster[]> {
    for (const cluster of config.clusters.keys()) await this.#draining.get(cluster)?.stop();
    await this.#claim(config);
    const { first, reloaded } = await this.#tryReload(config);
    if (reloaded.failure !== null) this.#refuse(reloaded.failure);
    const gone = [...this.#planes].filter(([cluster]) => !config.clusters.has(cluster));
    this.#config = config;
    this.#ports = reloaded.ports;
    this.#planes = this.#planesOf(config);
    this.#joinAll(first);
    // One that is not up yet is brought there when it is.
    const others = this.#workers().filter((worker) => worker !== first && worker.isUp);
    await Promise.all(others.map((worker) => this.#bring(worker)));
    return gone.map(([cluster, plane]) => ({ cluster, drained: this.#drain(cluster, plane) }));
  }

  async #tryReload(config: ProxyConfig): Promise<{ first: Worker; reloaded: Reloaded }> {
    for (const first of this.#workers()) {
      const reloaded = first.isListening ? await first.reload(config, this.#ports) : null;
      // Else it has ended, and another can tell.
      if (reloaded !== null) return { first, reloaded };
    }
    throw new Error('no worker listens, want one');
  }

  #refuse({ mistakes, because }: Failure): never {
    throw mistakes === null ? new Error(because) : new ConfigError(mistakes);
  }

  #planesOf(config: ProxyConfig): ReadonlyMap<string, PooledDataPlane> {
    const planes = [...config.clusters.keys()].map((cluster) => {
      const known = this.#planes?.get(cluster);
      return [
        cluster,
        known ?? new PooledDataPlane(cluster, clusterLog(this.#log, config, cluster)),
      ] as const;
    });
    return new Map(planes);
  }

  /** A port that workers share hears of no conflict, so it is asked for one. True: any is right for some listener. */
  async #claim({ listeners }: ProxyConfig): Promise<boolean> {
    const names = listenerNames(listeners);
    const fresh = listeners.filter((_, at) => !this.#ports.has(names[at]!));
    for (const { bind, port } of fresh)
      if (port !== 0) await claimPort({ host: bind, port }, systemClock);
    return fresh.some(({ port }) => port === 0);
  }

  /** Has the worker serve by the configuration that holds now. */
  async #bring(worker: Worker): Promise<void> {
    const reloaded = await worker.reload(this.#config, this.#ports);
    if (reloaded === null) return;
    if (reloaded.failure === null) this.#joinAll(worker);
    // Another could: what is wrong is this one's.
    else this.#kill(worker, `it cannot reload: ${reloaded.failure.because}`);
  }

  #addAll(worker: Worker): void {
    for (const [cluster, plane] of this.#planes) if (!worker.planes.has(cluster)) plane.add(worker);
  }

  #joinAll(worker: Worker): void {
    this.#addAll(worker);
    for (const plane of this.#planes.values()) plane.join(worker);
  }

  #drain(cluster: string, plane: PooledDataPlane): Promise<void> {
    this.#draining.set(cluster, plane);
    return plane.stop().finally(() => this.#draining.delete(cluster));
  }

  #workers(): Worker[] {
    return this.#places.flatMap(({ worker }) => worker ?? []);
  }

  /** Resolves with its ports when the worker listens; rejects when it ends before. Throws when no process can be made. */
  #spawn(place: Place, listens: Listens): Promise<Ports> {
    const listening = Promise.withResolvers<Ports>();
    const of = { index: place.index, number: this.#spawned++, config: this.#config };
    const worker = new Worker(of, this.#host.program, {
      onUp: () => this.#onUp(worker),
      onListening: listening.resolve,
      onGone: (failure) => {
        listening.reject(startError(failure));
        this.#onGone(place, worker, failure);
      },
    });
    place.worker = worker;
    this.#addAll(worker);
    worker.send({
      kind: 'start',
      index: place.index,
      config: worker.config,
      ports: this.#ports,
      process: worker.number,
      run: { runId: this.#runId, upMs: systemClock.monotonicMs() - this.#startedAtMs },
      listens,
    });
    return listening.promise;
  }

  #onUp(worker: Worker): void {
    for (const cluster of worker.config.clusters.keys()) this.#planes.get(cluster)?.join(worker);
    if (this.#logTarget !== null) worker.send({ kind: 'log', target: this.#logTarget });
    // The configuration changed while it began.
    if (worker.config !== this.#config) void this.#bring(worker);
  }

  #onGone(place: Place, worker: Worker, { because }: Failure): void {
    for (const plane of [...this.#planes.values(), ...this.#draining.values()])
      plane.remove(worker);
    this.registry.retire(worker.metrics);
    place.worker = null;
    if (this.#stopped.signal.aborted) return;
    // Whoever starts the proxy hears of it; of the successor of one that listened already, nobody does.
    const isFirst = place.failures === 0;
    if (!this.#hasStarted && !worker.isListening && isFirst) return;
    const nowMs = systemClock.monotonicMs();
    // Not from its start: that takes long where the processor is busy.
    const servedMs = nowMs - (worker.listensSinceMs ?? nowMs);
    this.#replace(place, { workerPid: worker.pid, because, servedMs });
  }

  #replace(place: Place, end: WorkerEnd): void {
    const { because, servedMs } = end;
    place.failures = servedMs >= STABLE_MS ? 1 : place.failures + 1;
    const restartInMs = restartDelayMs(place.failures);
    this.#log.error({ worker: place.index, ...end, restartInMs }, 'worker ended');
    if (
      isHopeless(
        this.#places.map(({ worker: now, failures }) => {
          return { isListening: now?.isListening === true, failures };
        }),
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
      this.#replace(place, { workerPid: undefined, because: String(error), servedMs: 0 });
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
    await systemClock.sleep(this.#config.process.drainMs + STOP_EXTRA_MS, ended.signal);
    if (!worker.isGone) this.#kill(worker, 'it does not stop');
    await worker.ended;
  }
}
