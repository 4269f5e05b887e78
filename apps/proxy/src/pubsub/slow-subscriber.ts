/** Whether a subscriber that does not read is cut off, as Redis' `client-output-buffer-limit pubsub` says it. */
export type UnreadLimits = {
  readonly hardBytes: number;
  readonly softBytes: number;
  /** How long it may be above `softBytes`. */
  readonly softMs: number;
};

export type Slowness = {
  /** Null: it keeps up. */
  readonly sinceMs: number | null;
  readonly isTooMuch: boolean;
};

export function judgeUnread(
  unreadBytes: number,
  sinceMs: number | null,
  nowMs: number,
  limits: UnreadLimits,
): Slowness {
  if (unreadBytes > limits.hardBytes) return { sinceMs: sinceMs ?? nowMs, isTooMuch: true };
  if (unreadBytes <= limits.softBytes) return { sinceMs: null, isTooMuch: false };
  const from = sinceMs ?? nowMs;
  return { sinceMs: from, isTooMuch: nowMs - from >= limits.softMs };
}
