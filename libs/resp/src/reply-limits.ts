export interface ReplyLimits {
  /** Levels of nesting; Redis' own replies stay below 10, a script's at Lua's stack limit, which is 7998. */
  readonly depthMax: number;
  /** Elements of one aggregate (a map's pairs count twice). */
  readonly elementsMax: number;
  /** One bulk, or one line: a script's status or error may be as long as a bulk. */
  readonly bulkBytesMax: number;
  /** One reply in all, which has to be held until it is whole. */
  readonly replyBytesMax: number;
  /** Memory for cut replies that is kept for the next one. */
  readonly idleBytesMax: number;
}

export const REPLY_LIMITS: ReplyLimits = Object.freeze({
  depthMax: 10_000,
  elementsMax: 0x7fffffff,
  bulkBytesMax: 512 * 1024 * 1024,
  replyBytesMax: 1024 * 1024 * 1024,
  idleBytesMax: 16 * 1024,
});
