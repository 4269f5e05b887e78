import { setTimeout as delay } from 'node:timers/promises';

const ASKED_EVERY_MS = 20;

/** Asks until it holds; an error means not yet. The error at the end tells what was waited for. */
export async function until(
  what: string,
  holds: () => Promise<boolean>,
  withinMs = 30_000,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  let last: unknown;
  while (!(await holds().catch((error: unknown) => void (last = error)))) {
    if (performance.now() > deadlineMs)
      throw new Error(`Cannot wait until ${what}: not so in ${withinMs} ms`, { cause: last });
    await delay(ASKED_EVERY_MS);
  }
}
