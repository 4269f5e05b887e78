/** What the API server refused, or that it was not reached. */

export type KubeErrorCode =
  | 'CONFLICT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'INVALID'
  | 'FORBIDDEN'
  /** The version asked for is forgotten: list again. */
  | 'GONE'
  /** No answer, or one that says that nobody could answer; whether a write was done is unknown. */
  | 'UNREACHABLE'
  | 'OTHER';

type Facts = {
  readonly code: KubeErrorCode;
  /** The HTTP status; 0 without an answer. */
  readonly status?: number;
  /** The API server's word for it, as `AlreadyExists`; '' when it gave none. */
  readonly reason?: string;
  readonly cause?: unknown;
};

export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly code: KubeErrorCode;
  readonly status: number;
  readonly reason: string;

  constructor(message: string, { code, status = 0, reason = '', cause }: Facts) {
    super(message, { cause });
    this.code = code;
    this.status = status;
    this.reason = reason;
  }
}

const TEXT_LENGTH_MAX = 1_000;

const codeByStatus: Readonly<Record<number, KubeErrorCode>> = {
  400: 'INVALID',
  401: 'FORBIDDEN',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  410: 'GONE',
  422: 'INVALID',
  502: 'UNREACHABLE',
  503: 'UNREACHABLE',
  504: 'UNREACHABLE',
};

/** An answer that says no; `tried` is what the caller wanted, as `apply Secret team-a/x`. */
export class Refused extends KubeError {
  constructor(tried: string, status: number, body: unknown) {
    const { reason, message, fields } = statusOf(body);
    const code = codeOf(status, reason, fields);
    const said = message === '' ? '' : `: ${message}`;
    const text = `Cannot ${tried}: the API server answers ${status} ${reason || code}${said}`;
    super(text, { code, status, reason });
  }
}

/** No answer came: the connection failed, or the time was over. */
export class Unanswered extends KubeError {
  constructor(tried: string, because: string, cause?: unknown) {
    super(`Cannot ${tried}: ${because}`, { code: 'UNREACHABLE', cause });
  }
}

function codeOf(status: number, reason: string, fields: readonly unknown[]): KubeErrorCode {
  if (reason === 'AlreadyExists') return 'ALREADY_EXISTS';
  // An object that was meant is gone, and another has its name: to apply to it counts as a change of its uid.
  if (fields.includes('metadata.uid')) return 'CONFLICT';
  return codeByStatus[status] ?? 'OTHER';
}

type Status = { readonly reason: string; readonly message: string; readonly fields: unknown[] };

/** The body of a refusal is a `Status`, unless something between us and the API server wrote it. */
function statusOf(body: unknown): Status {
  if (typeof body !== 'object' || body === null) {
    return { reason: '', message: typeof body === 'string' ? oneLine(body) : '', fields: [] };
  }
  const { reason, message, details } = body as { [field in keyof Status | 'details']?: unknown };
  const { causes } = (details ?? {}) as { causes?: { field?: unknown }[] };
  return {
    reason: typeof reason === 'string' ? reason : '',
    message: typeof message === 'string' ? oneLine(message) : '',
    fields: (causes ?? []).map(({ field }) => field),
  };
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= TEXT_LENGTH_MAX ? line : `${line.slice(0, TEXT_LENGTH_MAX)}…`;
}
