/** Shows a log as far as it goes now. */
import { linesOfLog, LogPosition } from './log-lines.ts';
import { LogError } from './open-log.ts';

/** A container that restarts leaves the kubelet for a moment without its last log, and without the one before. */
const TRIES_MAX = 5;

export type ReadOptions = {
  readonly open: () => Promise<AsyncIterable<Uint8Array>>;
  readonly print: (lines: readonly string[]) => void;
  /** Before it is tried again. */
  readonly pause: () => Promise<void>;
};

/** Throws the LogError of the last try. */
export async function readLog({ open, print, pause }: ReadOptions): Promise<void> {
  const position = new LogPosition();
  for (let tries = 1; ; tries++) {
    try {
      for await (const lines of linesOfLog(await open())) print(position.take(lines));
      return;
    } catch (error) {
      const mayCome = error instanceof LogError && error.isInsteadOfLog && tries < TRIES_MAX;
      if (!mayCome) throw error;
    }
    await pause();
  }
}
