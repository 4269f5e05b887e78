import { errorCodes, type ErrorCode } from '@keyfleet/api';
import { StoreError } from '@keyfleet/store';

/** An answer that is not the one that was asked for: status, stable code, a sentence, facts. */
export class ApiFault extends Error {
  readonly status: number;
  readonly code: ErrorCode;
  readonly details: unknown;
  constructor(status: number, code: ErrorCode, message: string, details?: unknown) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** 503 promises that nothing was done: the client may go to another address with the same request. */
const statusOf: Readonly<Partial<Record<ErrorCode, number>>> = {
  NO_LEADER: 503,
  STORE_UNAVAILABLE: 503,
  CONFLICT: 503,
  CLUSTER_UNKNOWN: 404,
  RETIRED: 409,
  OUTCOME_UNKNOWN: 504,
  SESSION_ENDED: 410,
  TOO_MANY_SESSIONS: 503,
  LIMIT_EXCEEDED: 413,
};

type Thrown = Error & { code?: string; statusCode?: number; details?: unknown };

/** Any error as an answer; undefined: a bug, which the caller logs. */
export function faultOf(error: unknown): ApiFault | undefined {
  if (error instanceof ApiFault) return error;
  const { code, message, statusCode, details } = error as Thrown;
  if (isOurs(code)) return new ApiFault(statusOf[code] ?? 500, code, message, details);
  if (error instanceof StoreError) return new ApiFault(503, 'STORE_UNAVAILABLE', message);
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500
    ? unreadable(statusCode, message)
    : undefined;
}

function isOurs(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(errorCodes, code);
}

/** What the HTTP library refuses before a handler sees it; its codes are not ours. */
function unreadable(status: number, message: string): ApiFault {
  const code = status === 413 ? 'TOO_LARGE' : 'BAD_REQUEST';
  return new ApiFault(status, code, `Cannot read the request: ${message}`);
}
