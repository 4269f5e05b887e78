export interface RequestLimits {
  /** Arguments of one request (networking.c `processMultibulkBuffer`: INT_MAX since Redis 7.0). */
  readonly argsMax: number;
  /** One argument (config.c `proto-max-bulk-len`, 512 MiB). */
  readonly bulkBytesMax: number;
  /** An inline request or a length line (server.h `PROTO_INLINE_MAX_SIZE`, 64 KiB). */
  readonly inlineBytesMax: number;
  /** One request in all (config.c `client-query-buffer-limit`, 1 GiB). */
  readonly requestBytesMax: number;
}

export const REQUEST_LIMITS: RequestLimits = Object.freeze({
  argsMax: 0x7fffffff,
  bulkBytesMax: 512 * 1024 * 1024,
  inlineBytesMax: 64 * 1024,
  requestBytesMax: 1024 * 1024 * 1024,
});
