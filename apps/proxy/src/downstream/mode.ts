/** What makes a client's commands other than plain ones: bits of `Client.mode`, which the hot path compares with plain. */
export const MODE = {
  plain: 0,
  /** Between MULTI and EXEC. */
  queueing: 1,
  /** It has subscriptions: with RESP2 few commands are allowed. */
  subscribed: 2,
  /** CLIENT PAUSE: it waits. */
  paused: 4,
  /** CLIENT REPLY: the replies of some requests are not sent. */
  muted: 8,
  /** MONITOR: it is shown what others do. */
  monitor: 16,
  /** Somebody is shown what it does. */
  monitored: 32,
  /** All that it waits for is subscriptions being confirmed; only more of them go behind these. */
  confirming: 64,
  /** What it waits for may never come (BLPOP): if it leaves, nobody waits. */
  blocked: 128,
  /** CLIENT TRACKING: what it reads is noted. */
  tracking: 256,
  /** Of a listener with users, it said RESET: it may do nothing until it says who it is. */
  nobody: 512,
  /** It may read from replicas: what it writes is noted (reads/). */
  reads: 1024,
} as const;
