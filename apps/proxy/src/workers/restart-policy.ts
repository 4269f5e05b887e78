/** When a worker that died is started anew, and when it is given up. */

/** One that took clients for as long is no part of a row of failures. */
export const STABLE_MS = 10_000;
const DELAY_MIN_MS = 100;
const DELAY_MAX_MS = 5000;
const FAILURES_MAX = 3;

/** `failures`: deaths in a row, with this one. The first costs no time: its clients are waiting. */
export function restartDelayMs(failures: number): number {
  return failures <= 1 ? 0 : Math.min(DELAY_MIN_MS * 2 ** (failures - 2), DELAY_MAX_MS);
}

/** No worker takes clients, and none stays: whoever started the proxy has to know. One that starts again is no hope yet. */
export function isHopeless(
  workers: readonly { readonly isListening: boolean; readonly failures: number }[],
): boolean {
  return workers.every(({ isListening, failures }) => !isListening && failures >= FAILURES_MAX);
}
