import { StoreError } from '@keyfleet/store';

/** An answer that is not the one that was asked for: status, stable code, a sentence, facts. */
export class ApiFault extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: unknown;
  constructor(status: number, code: string, message: string, details?: unknown) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** 503 promises that nothing was done: the client may go to another address with the same request. */
const statusOf: Readonly<Record<string, number>> = {
  NO_LEADER: 503,
  STORE_UNAVAILABLE: 503,
  STORE_CLOSED: 503,
  CONFLICT: 503,
  OUTCOME_UNKNOWN: 504,
  SESSION_ENDED: 410,
  TOO_MANY_SESSIONS: 503,
  LIMIT_EXCEEDED: 413,
};

/** Any error as an answer; undefined: a bug, which the caller logs. */
export function faultOf(error: unknown): ApiFault | undefined {
  if (error instanceof ApiFault) return error;
  const { code, message, statusCode } = error as Error & { code?: string; statusCode?: number };
  if (typeof code === 'string' && statusOf[code] !== undefined) {
    return new ApiFault(statusOf[code], code, message);
  }
  if (error instanceof StoreError) return new ApiFault(503, error.code, message);
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new ApiFault(statusCode, code ?? 'BAD_REQUEST', message);
  }
  return undefined;
}
