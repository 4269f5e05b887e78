/**
 * Follows the logs of containers that restart and pods that come and go: every second it is told what there is, and
 * opens what it does not show yet. A log that ended is taken up where it was left, whether its container restarted or
 * only the connection broke.
 */
import type { PrintLines } from '../logs.ts';
import type { ContainerLog } from './container-log.ts';
import { linesOfLog, LogPosition } from './log-lines.ts';
import { LogError, type LogRequest } from './open-log.ts';

type Open = (log: ContainerLog, request: LogRequest) => Promise<AsyncIterable<Uint8Array>>;

export type FollowOptions = {
  readonly open: Open;
  readonly print: PrintLines;
  /** Lines to begin with, of what is there at the first look; of what comes later, all. */
  readonly lines: number;
};

type Shown = {
  readonly position: LogPosition;
  /** Where to begin as long as no line was seen. */
  readonly start: LogRequest;
  life: string;
  isOpen: boolean;
};

export class LogFollower {
  readonly #options: FollowOptions;
  readonly #shown = new Map<string, Shown>();
  #isFirst = true;
  #failure: LogError | null = null;

  constructor(options: FollowOptions) {
    this.#options = options;
  }

  /** Throws what the API server refused since the last look. */
  look(logs: readonly ContainerLog[]): void {
    if (this.#failure !== null) throw this.#failure;
    this.#forget(logs);
    for (const log of logs) {
      const shown = this.#shown.get(log.key) ?? this.#newShown();
      this.#shown.set(log.key, shown);
      const isMore = log.life !== '' && (log.isRunning || log.life !== shown.life);
      if (isMore && !shown.isOpen) void this.#show(log, shown);
    }
    this.#isFirst = false;
  }

  #forget(logs: readonly ContainerLog[]): void {
    const there = new Set(logs.map(({ key }) => key));
    for (const [key, { isOpen }] of this.#shown)
      if (!isOpen && !there.has(key)) this.#shown.delete(key);
  }

  async #show(log: ContainerLog, shown: Shown): Promise<void> {
    const { open, print } = this.#options;
    const { position, start } = shown;
    const from = position.at === '' ? start : { sinceTime: position.at };
    shown.isOpen = true;
    try {
      const chunks = await open(log, { follow: true, ...from });
      for await (const found of linesOfLog(chunks)) print(log.name, position.take(found));
      shown.life = log.life;
    } catch (error) {
      // The others end by themselves: the container is not there yet or not any more, or the connection broke.
      if (error instanceof LogError && error.isForbidden) this.#failure = error;
    } finally {
      shown.isOpen = false;
    }
  }

  #newShown(): Shown {
    const start = this.#isFirst ? { tailLines: this.#options.lines } : {};
    return { position: new LogPosition(), start, life: '', isOpen: false };
  }
}
