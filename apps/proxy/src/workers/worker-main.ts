/**
 * A worker: an event loop with its own data path and its own listening socket on the port that all workers share. Its
 * parent steers it. It ends with its parent, and until it notices, its lease ends by its own clock.
 */
import { ConfigError, openLog, systemClock } from '@keyfleet/runtime';
import { collectDefaultMetrics } from 'prom-client';
import type { DataPlane } from './data-plane.ts';
import { createLocalDataPlane, type LocalDataPlane } from './local-data-plane.ts';
import { MachineClock } from './machine-clock.ts';
import { clientIdsAfter } from './client-ids.ts';
import type {
  Answers,
  AskedWith,
  Failure,
  FromWorker,
  Question,
  ToWorker,
  WorkerState,
} from './messages.ts';
import { PooledProcesses } from './pooled-processes.ts';

/** One that is still not ready takes clients all the same: an error tells them more than silence. */
const LISTEN_ANYWAY_MS = 5000;

/** Throws ConfigError for a process that has no parent to hear. */
export function runWorker(): void {
  if (process.send === undefined)
    throw new ConfigError(['worker  is how a proxy starts its workers, see --workers']);
  // A signal to the whole group is the parent's to carry out: its workers drain together.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => undefined);
  process.on('disconnect', () => process.exit(1));
  const clock = new MachineClock();
  process.once('message', (start) => {
    void startWorker(start as unknown as Start, clock).catch(failToStart);
  });
}

type Start = Extract<ToWorker, { kind: 'start' }>;

async function startWorker(start: Start, clock: MachineClock): Promise<void> {
  const { index, settings, process: number, run, listens } = start;
  const { logLevel: level, logFile: file } = settings;
  const log = openLog('proxy', { level, file }).logger.child({ worker: index });
  let processes!: PooledProcesses;
  const plane = await createLocalDataPlane(settings, log, {
    run,
    clientIdsAfter: clientIdsAfter(number),
    processesOf: (part) => {
      processes = new PooledProcesses({ number, part, send: tell, log });
      return processes;
    },
  });
  collectDefaultMetrics({ register: plane.registry });
  const worker = new SteeredWorker(plane, processes, clock);
  process.on('message', (message) => worker.onMessage(message as unknown as ToWorker));
  plane.onSwept = () => worker.tellNews();
  tell({ kind: 'up' });
  await plane.joinOthers();
  if (listens === 'whenReady') await untilReady(plane);
  await plane.listen({ port: settings.port, isShared: true });
  log.info({ port: plane.port }, 'worker listens');
  tell({ kind: 'listening', port: plane.port });
}

async function untilReady(plane: DataPlane): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + LISTEN_ANYWAY_MS;
  while (plane.notReadyBecause() !== null && systemClock.monotonicMs() < deadlineMs)
    await systemClock.sleep(10);
}

class SteeredWorker {
  readonly #plane: LocalDataPlane;
  readonly #processes: PooledProcesses;
  readonly #clock: MachineClock;
  /** What the parent was told last. */
  #state: WorkerState | null = null;
  #life = 0;
  /** What the parent is told of next: that happens often. */
  #staleBecause: string | null = null;

  constructor(plane: LocalDataPlane, processes: PooledProcesses, clock: MachineClock) {
    this.#plane = plane;
    this.#processes = processes;
    this.#clock = clock;
    plane.onSettled = () =>
      tell({ kind: 'settled', life: this.#life, version: plane.appliedVersion });
    plane.onStale = (because) => {
      this.#staleBecause ??= because;
    };
  }

  onMessage(message: ToWorker): void {
    this.#processes.onHeard();
    switch (message.kind) {
      case 'start':
        return;
      case 'ping':
        return tell({ kind: 'pong' });
      case 'ask':
        return void this.#answer(message);
      case 'news':
        return this.#processes.onNews(message.news);
      case 'left':
        return this.#processes.onLeft(message.process);
      case 'consulted':
        return this.#processes.onConsulted(message);
      case 'stop':
        return void this.#stop();
      default:
        return this.#steer(message);
    }
  }

  /** Some times a second. */
  tellNews(): void {
    this.#tellState();
    // A parent that does not read gets none: it is added up here until it does.
    if (unsentCount > 0) return;
    this.#tellStale();
    const servers = this.#plane.takeTrouble();
    if (servers.length > 0) tell({ kind: 'trouble', servers });
  }

  #tellStale(): void {
    if (this.#staleBecause === null) return;
    tell({ kind: 'stale', because: this.#staleBecause });
    this.#staleBecause = null;
  }

  #steer(
    message: Extract<ToWorker, { kind: 'apply' | 'remember' | 'forget' | 'grant' | 'lapse' }>,
  ) {
    if ('life' in message) this.#life = message.life;
    switch (message.kind) {
      case 'apply':
        this.#plane.apply(message.topology);
        break;
      case 'remember':
        this.#plane.remember(message.topology, message.mayServe);
        break;
      case 'forget':
        this.#plane.forget();
        break;
      case 'grant':
        this.#plane.grant(this.#clock.toLocal(message.grant));
        break;
      case 'lapse':
        this.#plane.lapse();
    }
    this.#tellState();
  }

  #tellState(): void {
    const { isServing } = this.#plane;
    const notReadyBecause = this.#plane.notReadyBecause();
    const told = this.#state;
    if (told?.isServing === isServing && told.notReadyBecause === notReadyBecause) return;
    this.#state = { isServing, notReadyBecause };
    tell({ kind: 'state', ...this.#state });
  }

  async #answer({ id, about, asked }: Extract<ToWorker, { kind: 'ask' }>): Promise<void> {
    tell({ kind: 'answer', id, answer: await this.#answerTo(about, asked) });
  }

  #answerTo(about: Question, asked: AskedWith<Question>): Promise<Answers[Question]> {
    if (about === 'metrics') return this.#plane.registry.getMetricsAsJSON();
    if (about === 'clients') return this.#plane.clients();
    if (about === 'slowLog') return this.#plane.slowLog();
    return Promise.resolve(this.#processes.answer(about, asked));
  }

  async #stop(): Promise<void> {
    await this.#plane.stop();
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

function failToStart(error: unknown): void {
  const { code = null, message } = error as NodeJS.ErrnoException;
  const mistakes = error instanceof ConfigError ? error.mistakes : null;
  const failure: Failure = { because: message, code, mistakes };
  process.send!({ kind: 'failed', ...failure }, undefined, undefined, () => process.exit(1));
}
