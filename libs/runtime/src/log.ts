import { pino, type Logger as PinoLogger } from 'pino';
import { LogFile } from './log-file.ts';

export type Logger = PinoLogger;

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** `file`: empty for standard output. */
export type LogTarget = { readonly level: LogLevel; readonly file: string };

/** JSON lines on standard output: one per decision and change of state, never one per request (style §4). */
export function createLogger(name: string, level: LogLevel): Logger {
  return openLog(name, { level, file: '' }).logger;
}

/** A log whose level and file can be changed while it is used. Throws ConfigError for a file that cannot be written. */
export function openLog(name: string, target: LogTarget): Log {
  return new Log(name, target);
}

export class Log {
  readonly logger: Logger;
  readonly #stdout = pino.destination({ fd: 1, sync: true });
  /** A child has a level of its own. They are few: one for each part of the process. */
  readonly #children: Logger[] = [];
  #level: LogLevel;
  #file: LogFile | null;

  constructor(name: string, { level, file }: LogTarget) {
    this.#level = level;
    this.#file = openFile(file);
    this.logger = pino(
      {
        name,
        level,
        timestamp: pino.stdTimeFunctions.isoTime,
        onChild: (child) => this.#children.push(child as Logger),
      },
      { write: (line) => (this.#file ?? this.#stdout).write(line) },
    );
  }

  get target(): LogTarget {
    return { level: this.#level, file: this.#file?.path ?? '' };
  }

  /** Throws ConfigError when `set` would. */
  check({ file }: LogTarget): void {
    if (file !== this.target.file) openFile(file)?.close();
  }

  /** Throws ConfigError for a file that cannot be written, and changes nothing. */
  set({ level, file }: LogTarget): void {
    if (file !== this.target.file) {
      const next = openFile(file);
      this.#file?.close();
      this.#file = next;
    }
    this.#level = level;
    for (const logger of [this.logger, ...this.#children]) logger.level = level;
  }

  /** Leaves a file that was moved away. Throws ConfigError, and goes on with the file that is open. */
  reopen(): void {
    this.#file?.reopen();
  }
}

function openFile(path: string): LogFile | null {
  return path === '' ? null : new LogFile(path);
}
