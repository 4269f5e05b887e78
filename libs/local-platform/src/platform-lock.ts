/** `DATA/lock`: the one supervisor of a data directory, named by its process. A lock whose process is gone is no lock. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDirectory } from './directory.ts';
import { isAlive, markOf, ProcessMark } from './process-mark.ts';

/** Whoever supervises the platform of this directory now. */
export function supervisorOf(dataDir: string): ProcessMark | null {
  const mark = readLock(lockPath(dataDir));
  return mark && isAlive(mark) ? mark : null;
}

/** Null: another supervisor has it. The lock is made whole and then linked to its name, so no half of it is ever read. */
export function takeLock(dataDir: string): { release(): void } | null {
  ensureDirectory(dataDir);
  const path = lockPath(dataDir);
  const own = `${path}.${process.pid}`;
  writeFileSync(own, JSON.stringify(markOf(process.pid)));
  try {
    if (!link(own, path)) {
      if (supervisorOf(dataDir)) return null;
      // Renaming takes the dead one's lock from exactly one of those who found it dead.
      renameSync(path, `${own}.stale`);
      const removed = readLock(`${own}.stale`);
      rmSync(`${own}.stale`);
      if ((removed && isAlive(removed)) || !link(own, path)) return null;
    }
  } finally {
    rmSync(own, { force: true });
  }
  return { release: () => rmSync(path, { force: true }) };
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readLock(path: string): ProcessMark | null {
  try {
    return ProcessMark.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

function lockPath(dataDir: string): string {
  return join(dataDir, 'lock');
}
