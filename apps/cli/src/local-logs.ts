import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readPlatform } from '@keyfleet/local-platform';
import { systemClock } from '@keyfleet/runtime';
import { chooseClusters } from './choose-clusters.ts';
import { CommandError } from './command-error.ts';
import type { LogSource } from './logs.ts';

const POLL_MS = 200;
const CHUNK_BYTES = 64 * 1024;

export type LocalLogsOptions = {
  dataDir: string;
  /** Empty: the one there is. A data directory has the logs of one cluster. */
  cluster: string;
  /** A name such as `shard-0-1`, or the start of several: `shard-0`, `proxy`. */
  component: string | undefined;
  lines: number;
  follow: boolean;
};

/** The last lines of each log; then, when it follows, what comes, until the signal aborts. Throws CommandError. */
export function localLogs(options: LocalLogsOptions): LogSource {
  checkCluster(options);
  const names = findLogs(options);
  const directory = directoryOf(options.dataDir);
  const tails = names.map((name) => ({ name, tail: new LogTail(join(directory, `${name}.log`)) }));
  return {
    names,
    run: async (print, signal) => {
      for (const { name, tail } of tails) print(name, tail.last(options.lines));
      while (options.follow && !signal.aborted) {
        await systemClock.sleep(POLL_MS, signal);
        for (const { name, tail } of tails) print(name, tail.next());
      }
    },
  };
}

function checkCluster({ dataDir, cluster }: LocalLogsOptions): void {
  const record = readPlatform(resolve(dataDir));
  if (record) chooseClusters([{ name: record.cluster }], cluster);
}

/** Reads a file that grows, and may be truncated and start again. */
class LogTail {
  readonly #path: string;
  #position = 0;
  #partial = '';

  constructor(path: string) {
    this.#path = path;
  }

  last(count: number): string[] {
    const lines = this.next();
    return lines.slice(Math.max(0, lines.length - count));
  }

  /** Whole lines since the last call. */
  next(): string[] {
    const lines = (this.#partial + this.#read()).split('\n');
    this.#partial = lines.pop() ?? '';
    return lines;
  }

  #read(): string {
    const file = openSync(this.#path, 'r');
    try {
      const { size } = fstatSync(file);
      if (size < this.#position) this.#position = 0;
      const decoder = new TextDecoder();
      const chunk = new Uint8Array(CHUNK_BYTES);
      let text = '';
      for (let bytes; (bytes = readSync(file, chunk, 0, CHUNK_BYTES, this.#position)) > 0;) {
        this.#position += bytes;
        text += decoder.decode(chunk.subarray(0, bytes), { stream: true });
      }
      return text;
    } finally {
      closeSync(file);
    }
  }
}

function findLogs({ dataDir, component }: LocalLogsOptions): string[] {
  const names = namesIn(directoryOf(dataDir));
  if (names.length === 0)
    throw new CommandError(`Cannot show logs: there are none in ${resolve(dataDir)}`);
  const found = names.filter(
    (name) => component === undefined || name === component || name.startsWith(`${component}-`),
  );
  if (found.length === 0)
    throw new CommandError(
      `Cannot show logs of ${component ?? ''}: want one of ${names.join(', ')}`,
    );
  return found;
}

function directoryOf(dataDir: string): string {
  return join(resolve(dataDir), 'logs');
}

function namesIn(directory: string): string[] {
  try {
    const files = readdirSync(directory).filter((name) => name.endsWith('.log'));
    return files.map((name) => name.slice(0, -'.log'.length)).sort();
  } catch {
    return [];
  }
}
