/**
 * The child processes of a supervisor: each has a name, its own process group (so Ctrl-C in a terminal does not
 * reach it), a log file, and a record by which it is found again after a crash of the supervisor.
 */
import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Clock } from '@keyfleet/runtime';
import { boundLog, openLog } from './log-files.ts';
import { markOf, type ProcessMark } from './process-mark.ts';
import { stopProcesses } from './stop-processes.ts';

export type Command = { readonly file: string; readonly args: readonly string[] };

export type ChildState =
  | { readonly state: 'absent' }
  | { readonly state: 'running'; readonly pid: number; readonly sinceMs: number }
  /** It was told to end. */
  | { readonly state: 'stopping'; readonly because: string }
  /** It ended and is held back until `untilMs`. */
  | { readonly state: 'failed'; readonly because: string; readonly untilMs: number };

export type KeeperOptions = {
  dataDir: string;
  clock: Clock;
  /** Called with every change of what runs, before anything else happens. */
  record: (processes: Readonly<Record<string, ProcessMark>>) => void;
  onEnd: (name: string, because: string, failures: number) => void;
};

const BACKOFF_MS = 100;
const BACKOFF_MAX_MS = 10_000;
/** A process that ran this long was well: its next end is the first of a new row. */
const STEADY_MS = 10_000;

type Child = { state: ChildState; mark: ProcessMark | null; failures: number };

export class Keeper {
  readonly #options: KeeperOptions;
  readonly #children = new Map<string, Child>();
  #isClosed = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  stateOf(name: string): ChildState {
    const child = this.#children.get(name);
    if (!child) return { state: 'absent' };
    const { state } = child;
    const isFree = state.state === 'failed' && this.#options.clock.monotonicMs() >= state.untilMs;
    return isFree ? { state: 'absent' } : state;
  }

  /** Does nothing while the process runs, ends or is held back. */
  start(name: string, { file, args }: Command): void {
    if (this.#isClosed || this.stateOf(name).state !== 'absent') return;
    const { dataDir, clock } = this.#options;
    boundLog(dataDir, name);
    const log = openLog(dataDir, name);
    const failures = this.#children.get(name)?.failures ?? 0;
    const process = spawn(file, args, { detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    const child: Child = { state: { state: 'absent' }, mark: null, failures };
    this.#children.set(name, child);
    if (process.pid !== undefined) {
      child.state = { state: 'running', pid: process.pid, sinceMs: clock.monotonicMs() };
      child.mark = markOf(process.pid);
      this.#record();
    }
    process.once('exit', (code, signal) =>
      this.#ended(name, child, `ended with ${code ?? signal ?? 'nothing'}`),
    );
    process.once('error', (error) => this.#ended(name, child, `could not start: ${error.message}`));
  }

  /** Nothing is started from now on, and no end is worth a word. */
  close(): void {
    this.#isClosed = true;
  }

  /** Resolves when they are gone; each may then be started again. */
  async stop(names: readonly string[], graceMs: number): Promise<void> {
    const children = names.flatMap((name) => this.#children.get(name) ?? []);
    for (const child of children) child.state = toldToEnd(child.state);
    const marks = children.flatMap(({ mark }) => mark ?? []);
    await stopProcesses(marks, { clock: this.#options.clock, graceMs });
  }

  stopAll(graceMs: number): Promise<void> {
    return this.stop([...this.#children.keys()], graceMs);
  }

  boundLogs(): void {
    for (const name of this.#children.keys()) boundLog(this.#options.dataDir, name);
  }

  #ended(name: string, child: Child, because: string): void {
    const wasTold = child.state.state === 'stopping';
    if (wasTold) {
      child.state = { state: 'absent' };
      child.failures = 0;
    } else this.#holdBack(child, because);
    child.mark = null;
    this.#record();
    if (!wasTold && !this.#isClosed) this.#options.onEnd(name, because, child.failures);
  }

  #holdBack(child: Child, because: string): void {
    const nowMs = this.#options.clock.monotonicMs();
    const wasSteady = child.state.state === 'running' && nowMs - child.state.sinceMs > STEADY_MS;
    child.failures = wasSteady ? 1 : child.failures + 1;
    const holdMs = Math.min(BACKOFF_MS * 2 ** (child.failures - 1), BACKOFF_MAX_MS);
    child.state = { state: 'failed', because, untilMs: nowMs + holdMs };
  }

  #record(): void {
    const marked = [...this.#children].flatMap(([name, { mark }]) => (mark ? [[name, mark]] : []));
    this.#options.record(Object.fromEntries(marked) as Record<string, ProcessMark>);
  }
}

function toldToEnd(state: ChildState): ChildState {
  switch (state.state) {
    case 'running':
      return { state: 'stopping', because: 'was told to end' };
    case 'failed':
      return { state: 'absent' };
    case 'absent':
    case 'stopping':
      return state;
  }
}
