import type { Clock } from '@keyfleet/runtime';
import { isAlive, signalProcess, type ProcessMark } from './process-mark.ts';

const POLL_MS = 20;

export type StopOptions = { clock: Clock; graceMs: number };

/** SIGTERM to all, SIGKILL to those that are there after `graceMs`; resolves when all are gone. */
export async function stopProcesses(
  marks: readonly ProcessMark[],
  { clock, graceMs }: StopOptions,
): Promise<void> {
  let left = marks.filter((mark) => signalProcess(mark, 'SIGTERM'));
  // A process that was paused would not see SIGTERM.
  for (const mark of left) signalProcess(mark, 'SIGCONT');
  const deadlineMs = clock.monotonicMs() + graceMs;
  while ((left = left.filter(isAlive)).length > 0) {
    if (clock.monotonicMs() > deadlineMs) for (const mark of left) signalProcess(mark, 'SIGKILL');
    await clock.sleep(POLL_MS);
  }
}
