/** System calls of running processes, as `perf` counts them (tracepoints: for root, or where the kernel lets everyone). */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

const EVENT = 'raw_syscalls:sys_enter';

export class SyscallCounter {
  readonly #perf: ChildProcess;
  readonly #control: Writable;
  /** Of the time between start and stop. */
  readonly count: Promise<number | null>;

  private constructor(perf: ChildProcess) {
    this.#perf = perf;
    this.#control = perf.stdio[3] as Writable;
    this.count = text(perf.stderr!).then(parseCount);
  }

  /** Attached, but not yet counting; null where perf does not count. */
  static async attach(pids: readonly number[]): Promise<SyscallCounter | null> {
    const events = ['stat', '-x', ',', '-e', EVENT, '-p', pids.join(',')];
    const args = [...events, '--delay=-1', '--control=fd:3,4'];
    const perf = spawn('perf', args, { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] });
    const ended = once(perf, 'close').catch(() => null);
    const counter = new SyscallCounter(perf);
    counter.#control.on('error', () => undefined);
    counter.#tell('ping');
    const answered = once(perf.stdio[4] as Readable, 'data').then(() => true);
    const isThere = await Promise.race([answered, ended.then(() => false)]);
    return isThere ? counter : null;
  }

  start(): void {
    this.#tell('enable');
  }

  stop(): void {
    this.#perf.kill('SIGINT');
  }

  #tell(command: string): void {
    this.#control.write(`${command}\n`);
  }
}

/** One line for each event: its count, its unit, its name and more; `<not counted>` instead of a number. */
export function parseCount(csv: string): number | null {
  const line = csv.split('\n').find((each) => each.includes(EVENT));
  const [count] = line?.split(',') ?? [];
  return count !== undefined && /^\d+$/.test(count) ? Number(count) : null;
}
