import { closeSync, openSync, writeSync } from 'node:fs';
import { ConfigError } from './config-error.ts';

/**
 * A file that log lines are added to. Who rotates it moves it away and calls `reopen`. A line that cannot be written is
 * lost: a full disk must not end what serves.
 */
export class LogFile {
  readonly path: string;
  #fd: number;

  /** Throws ConfigError when it cannot be written. */
  constructor(path: string) {
    this.path = path;
    this.#fd = open(path);
  }

  /** At once and whole: processes that share the file do not cut each other's lines. */
  write(line: string): void {
    try {
      writeSync(this.#fd, line);
    } catch {
      // To whom would it be said?
    }
  }

  /** Throws ConfigError, and goes on with the file that is open. */
  reopen(): void {
    const fd = open(this.path);
    closeSync(this.#fd);
    this.#fd = fd;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'a');
  } catch (error) {
    throw new ConfigError([`--log-file  cannot open "${path}": ${(error as Error).message}`]);
  }
}
