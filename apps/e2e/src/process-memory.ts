import { readFileSync, writeFileSync } from 'node:fs';

const MEGABYTE = 1e6;

/** The most memory that a process, with its children, had resident since `start`; Linux only. */
export class PeakMemory {
  readonly #pids: readonly number[];

  private constructor(pids: readonly number[]) {
    this.#pids = pids;
  }

  static start(pid: number): PeakMemory {
    const pids = [pid, ...childrenOf(pid)];
    // What 5 does: man proc, /proc/pid/clear_refs.
    for (const each of pids) writeFileSync(`/proc/${each}/clear_refs`, '5');
    return new PeakMemory(pids);
  }

  get megabytes(): number {
    return this.#pids.reduce((sum, pid) => sum + highWaterMarkBytes(pid), 0) / MEGABYTE;
  }
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

function highWaterMarkBytes(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (!line) throw new Error(`Cannot read the peak memory of ${pid}: no VmHWM in its status`);
  return Number(line[1]) * 1024;
}
