import { copyFileSync, openSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDirectory } from './directory.ts';

const LOG_BYTES_MAX = 8 * 2 ** 20;

export function logPath(dataDir: string, name: string): string {
  return join(dataDir, 'logs', `${name}.log`);
}

/** For a process to append to: after a truncation it goes on at the start. */
export function openLog(dataDir: string, name: string): number {
  ensureDirectory(join(dataDir, 'logs'));
  return openSync(logPath(dataDir, name), 'a');
}

/** Keeps one older file. What is written between copy and truncation is lost: these are logs. */
export function boundLog(dataDir: string, name: string): void {
  const path = logPath(dataDir, name);
  try {
    if (statSync(path).size <= LOG_BYTES_MAX) return;
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
  } catch {
    // Not there yet, or a full disk: the next round tries again.
  }
}
