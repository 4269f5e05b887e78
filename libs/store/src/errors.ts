/** What callers match on is the class or `code`, never the text. */
export abstract class StoreError extends Error {
  abstract readonly code: string;
  override get name(): string {
    return this.constructor.name;
  }
}

/** A watch asked for revisions that the store no longer has. The remedy: list again, watch from there. */
export class CompactedError extends StoreError {
  readonly code = 'COMPACTED';
  readonly oldestRevision: number;
  constructor(afterRevision: number, oldestRevision: number) {
    super(`Cannot watch after revision ${afterRevision}: the oldest kept is ${oldestRevision}`);
    this.oldestRevision = oldestRevision;
  }
}

/** Nothing was changed: the store did not answer in time, or refused. Retried by whoever owns the deadline. */
export class StoreUnavailable extends StoreError {
  readonly code = 'STORE_UNAVAILABLE';
}

/** The transaction was sent and not answered: it may be in force now, later, or never. */
export class OutcomeUnknown extends StoreError {
  readonly code = 'OUTCOME_UNKNOWN';
}

export class LimitExceeded extends StoreError {
  readonly code = 'LIMIT_EXCEEDED';
  readonly actual: number;
  readonly limit: number;
  constructor(what: string, actual: number, limit: number) {
    super(`Cannot write transaction: it has ${actual} ${what}, want at most ${limit}`);
    this.actual = actual;
    this.limit = limit;
  }
}

export type LeaseEnd = 'expired' | 'revoked' | 'closed';

/** Why a lease or leadership ended; also the answer to a put that names a lease which is gone. */
export class LeaseLost extends StoreError {
  readonly code = 'LEASE_LOST';
  readonly end: LeaseEnd;
  constructor(what: string, end: LeaseEnd) {
    super(`Cannot use ${what}: it is ${end}`);
    this.end = end;
  }
}

export class StoreClosed extends StoreError {
  readonly code = 'STORE_CLOSED';
  constructor() {
    super('Cannot use the store: it is closed');
  }
}
