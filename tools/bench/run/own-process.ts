/** Processes that the bench starts: they are ended by pid, whatever ends the bench. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { dyingWithUs } from './dying-with-us.ts';

const STOPPED_WITHIN_MS = 5000;
const LOG_CHARACTERS_MAX = 4000;

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** It ended while it was waited for. */
export class ProcessEndedError extends Error {
  override readonly name = 'ProcessEndedError';
  readonly exitCode: number | null;
  readonly log: string;

  constructor(command: string, exitCode: number | null, log: string) {
    super(`Cannot start ${command}: it ended\n${log}`);
    this.exitCode = exitCode;
    this.log = log;
  }
}

export class OwnProcess implements AsyncDisposable {
  readonly pid: number;
  readonly #command: string;
  readonly #child: ChildProcess;
  #log = '';

  private constructor(command: string, child: ChildProcess) {
    this.#command = command;
    this.#child = child;
    this.pid = child.pid!;
    for (const output of [child.stdout!, child.stderr!]) {
      output.setEncoding('utf8').on('data', (text: string) => {
        this.#log = (this.#log + text).slice(-LOG_CHARACTERS_MAX);
      });
    }
  }

  static async start(command: string, args: readonly string[]): Promise<OwnProcess> {
    const [first, ...rest] = [...dyingWithUs(), command, ...args];
    const child = spawn(first!, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    child.once('exit', () => running.delete(child));
    await once(child, 'spawn');
    return new OwnProcess(command, child);
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Asks again until the answer is yes. */
  async until(isReady: () => Promise<boolean>, withinMs: number): Promise<void> {
    const deadlineMs = performance.now() + withinMs;
    while (!(await isReady().catch(() => false))) {
      if (this.hasEnded)
        throw new ProcessEndedError(this.#command, this.#child.exitCode, this.#log);
      if (performance.now() > deadlineMs)
        throw new Error(`Cannot start ${this.#command}: not ready in ${withinMs} ms\n${this.#log}`);
      await delay(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.hasEnded) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOPPED_WITHIN_MS);
    await gone;
    clearTimeout(timer);
  }
}
