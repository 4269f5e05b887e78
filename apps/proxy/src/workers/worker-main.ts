/**
 * A worker: an event loop with its own data path for each cluster and its own listening sockets on the ports that all workers
 * share. Its parent steers it. It ends with its parent, and until it notices, its leases end by its own clock.
 */
import {
  ConfigError,
  openLog,
  systemClock,
  type Log,
  type Logger,
  type LogTarget,
} from '@keyfleet/runtime';
import { collectDefaultMetrics } from 'prom-client';
import { clientIdsAfter } from './client-ids.ts';
import type { LocalDataPlane, Share } from './local-data-plane.ts';
import { LocalDataPlanes } from './local-data-planes.ts';
import { MachineClock } from './machine-clock.ts';
import type { Failure, FromPlane, FromWorker, ToWorker } from './messages.ts';
import { PooledProcesses } from './pooled-processes.ts';
import { SteeredPlane } from './steered-plane.ts';

/** One that is still not ready takes clients all the same: an error tells them more than silence. */
const LISTEN_ANYWAY_MS = 5000;

/** Throws ConfigError for a process that has no parent to hear. */
export function runWorker(): void {
  if (process.send === undefined)
    throw new ConfigError(['worker  is how a proxy starts its workers, see --workers']);
  // A signal to the whole group is the parent's to carry out: its workers drain together, and reload one after the other.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => undefined);
  process.on('disconnect', () => process.exit(1));
  const clock = new MachineClock();
  process.once('message', (start) => {
    void startWorker(start as unknown as Start, clock).catch(failToStart);
  });
}

type Start = Extract<ToWorker, { kind: 'start' }>;
type Reload = Extract<ToWorker, { kind: 'reload' }>;

async function startWorker(start: Start, clock: MachineClock): Promise<void> {
  const { index, config, ports } = start;
  const { logLevel: level, logFile: file } = config.process;
  const own = openLog('proxy', { level, file });
  const log = own.logger.child({ worker: index });
  const worker = new SteeredWorker(start, { own, log }, clock);
  const planes = await LocalDataPlanes.create(config, {
    log,
    isShared: true,
    shareOf: (cluster) => worker.shareOf(cluster),
    onPlane: (cluster, plane) => worker.onPlane(cluster, plane),
  });
  collectDefaultMetrics({ register: planes.registry });
  process.on('message', (message) => worker.onMessage(planes, message as unknown as ToWorker));
  tell({ kind: 'up' });
  await Promise.all([...planes.planes.values()].map((plane) => plane.joinOthers()));
  if (start.listens === 'whenReady') await untilReady(planes);
  await planes.listen(ports);
  log.info({ ports: [...planes.ports.values()] }, 'worker listens');
  tell({ kind: 'listening', ports: planes.ports });
}

async function untilReady({ planes }: LocalDataPlanes): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + LISTEN_ANYWAY_MS;
  const isReady = (): boolean =>
    [...planes.values()].every((plane) => plane.notReadyBecause() === null);
  while (!isReady() && systemClock.monotonicMs() < deadlineMs) await systemClock.sleep(10);
}

/** Of the process, and what this worker writes there. */
type Logs = { readonly own: Log; readonly log: Logger };

class SteeredWorker {
  readonly #start: Start;
  readonly #logs: Logs;
  readonly #clock: MachineClock;
  /** Of clusters, by name. */
  readonly #steered = new Map<string, SteeredPlane>();
  readonly #processes = new Map<string, PooledProcesses>();

  constructor(start: Start, logs: Logs, clock: MachineClock) {
    this.#start = start;
    this.#logs = logs;
    this.#clock = clock;
  }

  shareOf(cluster: string): Share {
    const { run, process: number } = this.#start;
    return {
      run,
      clientIdsAfter: clientIdsAfter(number),
      processesOf: (part) => {
        const send = (message: FromPlane, onSent?: () => void): void =>
          tell({ kind: 'plane', cluster, message }, onSent);
        const processes = new PooledProcesses({ number, part, send, log: this.#logs.log });
        this.#processes.set(cluster, processes);
        return processes;
      },
    };
  }

  onPlane(cluster: string, plane: LocalDataPlane): void {
    const steered = new SteeredPlane({
      plane,
      processes: this.#processes.get(cluster)!,
      clock: this.#clock,
      tell: (message) => tell({ kind: 'plane', cluster, message }),
      isParentBehind: () => unsentCount > 0,
    });
    this.#steered.set(cluster, steered);
  }

  onMessage(planes: LocalDataPlanes, message: ToWorker): void {
    for (const steered of this.#steered.values()) steered.onHeard();
    switch (message.kind) {
      case 'start':
        return;
      case 'ping':
        return tell({ kind: 'pong' });
      case 'plane':
        // One that could not be made has none.
        return this.#steered.get(message.cluster)?.onMessage(message.message);
      case 'measure':
        return void this.#measure(planes, message.id);
      case 'reload':
        return void this.#reload(planes, message);
      case 'log':
        return this.#setLog(message.target);
      case 'stop':
        return void this.#stop(planes);
    }
  }

  /** The parent could; if this process cannot, its clients need not suffer. */
  #setLog(target: LogTarget): void {
    const { own, log } = this.#logs;
    try {
      own.set(target);
      own.reopen();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      log.error({ mistakes: error.mistakes }, 'log not changed');
    }
  }

  async #measure({ registry }: LocalDataPlanes, id: number): Promise<void> {
    tell({ kind: 'measured', id, metrics: await registry.getMetricsAsJSON() });
  }

  async #reload(planes: LocalDataPlanes, { id, config, ports }: Reload): Promise<void> {
    try {
      const gone = await planes.reload(config, ports);
      tell({ kind: 'reloaded', id, ports: planes.ports, failure: null });
      for (const { cluster, drained } of gone) void drained.then(() => this.#onDrained(cluster));
    } catch (error) {
      tell({ kind: 'reloaded', id, ports: planes.ports, failure: failureOf(error) });
    }
  }

  #onDrained(cluster: string): void {
    this.#steered.delete(cluster);
    this.#processes.delete(cluster);
    tell({ kind: 'plane', cluster, message: { kind: 'drained' } });
  }

  async #stop(planes: LocalDataPlanes): Promise<void> {
    await planes.stop();
    process.exit(0);
  }
}

let unsentCount = 0;

function tell(message: FromWorker, onSent: () => void = () => undefined): void {
  unsentCount++;
  process.send!(message, undefined, undefined, () => {
    unsentCount--;
    onSent();
  });
}

function failureOf(error: unknown): Failure {
  const { code = null, message } = error as NodeJS.ErrnoException;
  const mistakes = error instanceof ConfigError ? error.mistakes : null;
  return { because: message, code, mistakes };
}

function failToStart(error: unknown): void {
  process.send!({ kind: 'failed', ...failureOf(error) }, undefined, undefined, () =>
    process.exit(1),
  );
}
