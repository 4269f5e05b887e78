/** What processes cost, as Linux counts it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** USER_HZ, which is 100 on every Linux that we run on (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

export type ProcessStat = { readonly parent: number; readonly cpuMicros: number };

/** `/proc/PID/stat`: the name in parentheses may itself hold blanks and parentheses. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [parent, user, system] = [1, 11, 12].map((at) => Number(fields[at]));
  return { parent: parent!, cpuMicros: ((user! + system!) * 1e6) / TICKS_PER_SECOND };
}

/** CPU time of these processes and all below them; null where there is no /proc. */
export function cpuMicros(pids: readonly number[]): number | null {
  const stats = allStats();
  if (stats === null) return null;
  return familyOf(stats, pids).reduce((sum, pid) => sum + stats.get(pid)!.cpuMicros, 0);
}

/** Resident memory of these processes and all below them: pages that they share count for each. */
export function residentBytes(pids: readonly number[]): number | null {
  return sumOfStatus(pids, 'VmRSS');
}

/** The most that it was since `forgetPeak`; of several processes the sum of each one's peak. */
export function residentPeakBytes(pids: readonly number[]): number | null {
  return sumOfStatus(pids, 'VmHWM');
}

/** Linux: writing 5 sets the peak to what is resident now. */
export function forgetPeak(pids: readonly number[]): void {
  for (const pid of family(pids)) {
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, '5');
    } catch {
      // It may have ended; or the kernel keeps the peak of the whole life, which is then what is shown.
    }
  }
}

/** These processes and all below them. */
export function family(pids: readonly number[]): number[] {
  const stats = allStats();
  return stats === null ? [...pids] : familyOf(stats, pids);
}

function familyOf(stats: ReadonlyMap<number, ProcessStat>, pids: readonly number[]): number[] {
  return [...stats.keys()].filter((pid) => isBelow(stats, pid, pids));
}

function isBelow(
  stats: ReadonlyMap<number, ProcessStat>,
  pid: number,
  ancestors: readonly number[],
): boolean {
  let at: number | undefined = pid;
  while (at !== undefined && at > 1) {
    if (ancestors.includes(at)) return true;
    at = stats.get(at)?.parent;
  }
  return false;
}

function allStats(): Map<number, ProcessStat> | null {
  const stats = new Map<number, ProcessStat>();
  for (const name of listProcesses()) {
    const text = readOrNull(`/proc/${name}/stat`);
    if (text !== null) stats.set(Number(name), parseStat(text));
  }
  return stats.size === 0 ? null : stats;
}

function listProcesses(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function sumOfStatus(pids: readonly number[], field: 'VmRSS' | 'VmHWM'): number | null {
  const stats = allStats();
  if (stats === null) return null;
  return familyOf(stats, pids).reduce((sum, pid) => sum + statusBytes(pid, field), 0);
}

function statusBytes(pid: number, field: string): number {
  const status = readOrNull(`/proc/${pid}/status`) ?? '';
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
}

/** A process may end between the listing and the look. */
function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
