/**
 * A process named so that it is never mixed up with a stranger's: pids are used again, so the time at which the
 * process started (and the boot in which it did) belongs to the name.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

export const ProcessMark = z.object({ pid: z.int().min(1), started: z.string() });
export type ProcessMark = z.output<typeof ProcessMark>;

/** Null when there is no such process, or only its zombie. */
export function markOf(pid: number): ProcessMark | null {
  const started = process.platform === 'linux' ? startedOnLinux(pid) : startedByPs(pid);
  return started === null ? null : { pid, started };
}

export function isAlive(mark: ProcessMark): boolean {
  return markOf(mark.pid)?.started === mark.started;
}

/** False when the process is gone. */
export function signalProcess(mark: ProcessMark, signal: NodeJS.Signals): boolean {
  if (!isAlive(mark)) return false;
  try {
    return process.kill(mark.pid, signal);
  } catch {
    return false;
  }
}

/** proc_pid_stat(5): the name (field 2) may hold spaces and brackets, so fields are counted from its end. */
function startedOnLinux(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    return `${bootId()}/${fields[19] ?? ''}`;
  } catch {
    return null;
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function startedByPs(pid: number): string | null {
  try {
    const args = ['-o', 'state=,lstart=', '-p', String(pid)];
    const env = { ...process.env, LC_ALL: 'C' };
    const [state = '', ...started] = execFileSync('ps', args, { encoding: 'utf8', env })
      .trim()
      .split(/\s+/);
    return state === '' || state.startsWith('Z') ? null : started.join(' ');
  } catch {
    return null;
  }
}
