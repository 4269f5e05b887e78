/**
 * The supervisor (design §1): what the operator is on Kubernetes. It runs the lifecycle loop against the
 * configserver that it started itself (or against a Redis Cluster, which has none), and restarts what dies.
 */
import { readFileSync } from 'node:fs';
import {
  createWorkflow,
  isSameSpec,
  nodesOf,
  redisClusterNodeConfig,
  type CreateStep,
  type CreateView,
} from '@keyfleet/lifecycle';
import {
  boundLog,
  Keeper,
  LocalPlatform,
  logPath,
  writePlatform,
  type PlatformRecord,
} from '@keyfleet/local-platform';
import { runLoop, type Clock, type Controller, type Logger } from '@keyfleet/runtime';
import { CommandError } from './command-error.ts';
import { configserverParts, proxyPart, type Part } from './commands.ts';
import { controlOf } from './control-of.ts';
import type { Launch } from './launch.ts';
import { removeUnused } from './prepare.ts';
import { progressOf } from './progress-of.ts';
import type { Progress } from './supervisor-messages.ts';

const WAIT_MS = 50;
const READY_WAIT_MS = 500;
/** The same part ends this often in a row while we start: it will not run. */
const START_FAILURES_MAX = 3;
const STUCK_MS = 60_000;
const CONFIGSERVER_GRACE_MS = 5_000;

export type SupervisorOptions = {
  clock: Clock;
  log: Logger;
  onProgress: (progress: Progress) => void;
  onReady: () => void;
  /** The platform will not come up. */
  onFailed: (error: CommandError) => void;
};

export class Supervisor {
  readonly #launch: Launch;
  readonly #options: SupervisorOptions;
  readonly #keeper: Keeper;
  readonly #platform: LocalPlatform;
  readonly #configservers: readonly Part[];
  readonly #ending = new AbortController();
  #record: PlatformRecord;
  #isReady = false;
  #isStopped = false;
  /** The store's spec is followed once it was ours: another may change it there. */
  #isRecorded = false;
  #lastStep = { text: '', sinceMs: 0 };
  #wake: () => void = () => undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(launch: Launch, record: PlatformRecord, options: SupervisorOptions) {
    this.#launch = launch;
    this.#record = record;
    this.#options = options;
    this.#configservers = configserverParts(launch);
    this.#keeper = new Keeper({
      dataDir: launch.dataDir,
      clock: options.clock,
      record: (processes) => this.#save({ processes }),
      onEnd: (name, because, failures) => this.#onEnd(name, because, failures),
    });
    this.#platform = new LocalPlatform({
      dataDir: launch.dataDir,
      cluster: launch.cluster,
      keeper: this.#keeper,
      addresses: record.addresses,
      serverBinary: launch.server.path,
      ...(launch.settings.upstream === 'redis-cluster' && { configOf: redisClusterNodeConfig }),
      proxy: proxyPart(launch, record.addresses),
      onServe: () => this.#save({ hasServed: true }),
    });
  }

  start(): void {
    const { cluster } = this.#launch;
    const { clock, log } = this.#options;
    this.#save({});
    const { controlPlane, tell } = controlOf(this.#launch, () => this.#record, clock);
    const workflow = createWorkflow({
      platform: this.#platform,
      controlPlane,
      spec: () => this.#record.spec,
    });
    const controller: Controller<CreateView, CreateStep> = {
      observe: async (signal) => {
        this.#startConfigservers();
        const view = await workflow.observe(signal);
        this.#follow(view);
        return view;
      },
      plan: (view) => workflow.plan(view),
      act: async (step, view, signal) => {
        await workflow.act(step, view, signal);
        if (!this.#isReady) {
          if (view.control.state === 'recorded') await tell(step, signal);
          this.#advance(step, view);
        }
        this.#boundLogs();
        return waitAfter(step);
      },
    };
    const { signal } = this.#ending;
    const loop = { key: cluster, clock, log, signal, backoffMs: WAIT_MS, backoffMaxMs: 2000 };
    this.#loop = runLoop(controller, { ...loop, nudged: () => this.#nudged() });
  }

  /** May be called again, `atOnce`, while an orderly stop runs. */
  async stop({ atOnce = false } = {}): Promise<void> {
    this.#ending.abort();
    this.#keeper.close();
    await (atOnce ? this.#keeper.stopAll(0) : this.#stopInOrder());
    await this.#loop;
    this.#save({ processes: {} });
    this.#isStopped = true;
    if (!this.#record.hasServed) removeUnused(this.#launch.dataDir);
  }

  /** The proxy drains, then servers save, the configserver last: nothing of it looks like a failure to the one before. */
  async #stopInOrder(): Promise<void> {
    await this.#platform.stopProxies();
    await this.#platform.stopServers(nodesOf(this.#record.spec));
    const names = this.#configservers.map(({ id }) => id);
    await this.#keeper.stop(names, CONFIGSERVER_GRACE_MS);
  }

  #startConfigservers(): void {
    for (const { id, command } of this.#configservers) this.#keeper.start(id, command);
  }

  #follow({ control, spec }: CreateView): void {
    if (control.state !== 'recorded') return;
    if (isSameSpec(control.spec, spec)) this.#isRecorded = true;
    else if (this.#isRecorded) this.#save({ spec: control.spec });
  }

  #advance(step: CreateStep, view: CreateView): void {
    const { clock, onProgress, onReady, onFailed } = this.#options;
    const nowMs = clock.monotonicMs();
    const text = `${step.do}: ${step.because}`;
    if (text !== this.#lastStep.text) this.#lastStep = { text, sinceMs: nowMs };
    onProgress(progressOf(view, step, this.#configservers.length));
    if (step.do === 'nothing') {
      this.#isReady = true;
      onReady();
      return;
    }
    // Servers may read their data for as long as it takes.
    const isReading = step.do === 'wait' && step.for === 'servers';
    if (!isReading && nowMs - this.#lastStep.sinceMs > STUCK_MS)
      onFailed(
        new CommandError(`Cannot start: no progress in ${STUCK_MS / 1000} s, ${step.because}`),
      );
  }

  #onEnd(name: string, because: string, failures: number): void {
    const { log, onFailed } = this.#options;
    log.warn({ name, because, failures }, 'process ended');
    this.#wake();
    if (this.#isReady || failures < START_FAILURES_MAX) return;
    const path = logPath(this.#launch.dataDir, name);
    const message = `Cannot start ${name}: it ${because}, ${failures} times in a row. The end of ${path}:\n${tail(path)}`;
    onFailed(new CommandError(message));
  }

  #save(change: Partial<PlatformRecord>): void {
    this.#record = { ...this.#record, ...change };
    // The end of a process is heard a little after it is gone: a removed record stays removed.
    if (this.#isStopped) return;
    writePlatform(this.#launch.dataDir, this.#record);
  }

  #boundLogs(): void {
    this.#keeper.boundLogs();
    boundLog(this.#launch.dataDir, 'supervisor');
  }

  #nudged(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }
}

function waitAfter(step: CreateStep): number {
  switch (step.do) {
    case 'wait':
      return WAIT_MS;
    case 'nothing':
      return READY_WAIT_MS;
    default:
      return 0;
  }
}

function tail(path: string): string {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines
    .slice(-5)
    .map((line) => `  ${line}`)
    .join('\n');
}
