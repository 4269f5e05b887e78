/** What makes a client's commands other than plain ones: bits of `Client.mode`, which the hot path compares with plain. */
export const MODE = {
  plain: 0,
  /** Between MULTI and EXEC. */
  queueing: 1,
  /** RESP2 with subscriptions: few commands are allowed. */
  subscribed: 2,
} as const;
