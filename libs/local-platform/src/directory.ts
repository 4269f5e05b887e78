/** Directories and what may be wrong with them, in words for the user. */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** A data directory that cannot be used as it is. */
export class DataDirectoryError extends Error {
  readonly code = 'DATA_DIRECTORY';
}

/** Throws DataDirectoryError unless the directory is there afterwards and can be written. */
export function openDataDirectory(dataDir: string): void {
  ensureDirectory(dataDir);
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new DataDirectoryError(
      `Cannot write in ${dataDir}: ${describeFileError(error)}, want a directory of your own`,
      { cause: error },
    );
  }
}

/**
 * Level by level: `mkdirSync` with `recursive` turns for ever where a directory that exists answers ENOENT, as /proc
 * does (Node.js 26). Throws DataDirectoryError.
 */
export function ensureDirectory(path: string): void {
  const missing: string[] = [];
  let level = resolve(path);
  for (; !isDirectory(level); level = dirname(level)) missing.unshift(level);
  for (const directory of missing) makeDirectory(directory);
}

function isDirectory(path: string): boolean {
  try {
    if (statSync(path).isDirectory()) return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return false;
    throw new DataDirectoryError(
      `Cannot look into ${path}: ${describeFileError(error)}, want another directory`,
      { cause: error },
    );
  }
  throw new DataDirectoryError(`Cannot use ${path}: it is a file, want a directory`);
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    // Another command made it in the same moment.
    if (codeOf(error) === 'EEXIST') return;
    // The level above is there, so this is a file system that takes no directories.
    const because = codeOf(error) === 'ENOENT' ? `${dirname(path)} takes none` : null;
    throw new DataDirectoryError(
      `Cannot make the directory ${path}: ${because ?? describeFileError(error)}, want another place`,
      { cause: error },
    );
  }
}

/** What a call of `node:fs` ran into. */
export function describeFileError(error: unknown): string {
  const code = codeOf(error);
  return troubles[code] ?? `the system says ${code}`;
}

const troubles: Readonly<Record<string, string>> = {
  EACCES: 'not permitted',
  EPERM: 'not permitted',
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is a file',
  EISDIR: 'it is a directory',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  ELOOP: 'its links go round in a circle',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open',
};

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
