import { UsageError } from '../options/flags.ts';

/** What a bench's main does: a signal aborts it, a wrong option is told without a stack. */
export async function runUntilInterrupted(
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => interrupted.abort());
  try {
    await work(interrupted.signal);
  } catch (error) {
    if (interrupted.signal.aborted) process.exitCode = 130;
    else if (error instanceof UsageError) {
      console.error(error.message);
      process.exitCode = error.exitCode;
    } else throw error;
  }
}
