/** What a process costs, as Linux counts it. */
import { readdirSync, readFileSync } from 'node:fs';

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
  let sum = 0;
  for (const [pid, { cpuMicros: own }] of stats) if (isBelow(stats, pid, pids)) sum += own;
  return sum;
}

/** Resident memory of these processes and all below them, in MB. */
export function residentMb(pids: readonly number[]): number | null {
  const stats = allStats();
  if (stats === null) return null;
  const all = [...stats.keys()].filter((pid) => isBelow(stats, pid, pids));
  return all.reduce((sum, pid) => sum + ownResidentMb(pid), 0);
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

function ownResidentMb(pid: number): number {
  const status = readOrNull(`/proc/${pid}/status`) ?? '';
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
}

/** A process may end between the listing and the look. */
function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
