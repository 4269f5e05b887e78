/** Entries that a slow log may keep: about 5 KB each at most. */
export const SLOW_LOG_LENGTH_MAX = 100_000;
