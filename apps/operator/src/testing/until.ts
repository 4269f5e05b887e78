import { setTimeout as delay } from 'node:timers/promises';

const LOOK_EVERY_MS = 50;

/** Asks until there is an answer. */
export async function until<T>(
  ask: () => Promise<T | undefined | false>,
  signal: AbortSignal,
): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** What fails because it was told to end has not failed. */
export async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
