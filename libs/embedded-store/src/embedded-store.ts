/**
 * The Store port in one process, for a single configserver. Calls are synchronous inside, so nothing here
 * can be in flight: the only failures are those of the disk.
 *
 * Leases live exactly as long as this process, which renews them whenever it looks at them. The file lock
 * proves that no earlier owner is alive, so keys of leases found at opening are deleted at once.
 */
import type { DatabaseSync } from 'node:sqlite';
import { systemClock, type Clock } from '@keyfleet/runtime';
import {
  checkKey,
  checkLeaseTtl,
  checkTransaction,
  LeaseLost,
  OutcomeUnknown,
  runCampaign,
  StoreClosed,
  StoreError,
  StoreUnavailable,
  type Change,
  type Compare,
  type Entry,
  type Leadership,
  type Lease,
  type LeaseEnd,
  type LeaseId,
  type Listing,
  type Operation,
  type Outcome,
  type Store,
  type WatchBatch,
} from '@keyfleet/store';
import { ChangeLog, type LogLimits } from './change-log.ts';
import { openDatabase } from './database.ts';
import { EntryTable } from './entry-table.ts';

const CAMPAIGN_PAUSE_MS = 100;

export type EmbeddedStoreOptions = Partial<LogLimits> & {
  readonly file: string;
  readonly clock?: Clock;
};

/** Throws `StoreFileError` if the file cannot be used, above all when another process has it open. */
export function openEmbeddedStore(options: EmbeddedStoreOptions): Store {
  const { file, clock = systemClock, revisionsKept = 10_000, logBytesMax = 64 << 20 } = options;
  return new EmbeddedStore(openDatabase(file), { revisionsKept, logBytesMax }, clock);
}

class EmbeddedStore implements Store {
  readonly #database: DatabaseSync;
  readonly #entries: EntryTable;
  readonly #log: ChangeLog;
  readonly #clock: Clock;
  readonly #leases = new Map<LeaseId, AbortController>();
  #leaseCount = 0;
  #isClosed = false;
  /** Resolved and replaced at every change, abort and close: then each watch looks again. */
  #stirred: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(database: DatabaseSync, limits: LogLimits, clock: Clock) {
    this.#database = database;
    this.#entries = new EntryTable(database);
    this.#log = new ChangeLog(database, limits);
    this.#clock = clock;
    for (const lease of this.#entries.leases()) this.#deleteKeysOf(lease);
  }

  // The methods are async so that errors reject, as they do in every other store.
  // eslint-disable-next-line @typescript-eslint/require-await -- see above
  async get(key: string): Promise<Entry | undefined> {
    this.#checkOpen();
    checkKey(key);
    return this.#guarded(() => this.#entries.get(key));
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as for get
  async list(prefix: string): Promise<Listing> {
    this.#checkOpen();
    const entries = this.#guarded(() => this.#entries.list(prefix));
    return { entries, revision: this.#log.revision };
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as for get
  async transact(compares: readonly Compare[], operations: readonly Operation[]): Promise<Outcome> {
    this.#checkOpen();
    checkTransaction(compares, operations);
    const succeeded = this.#guarded(() => compares.every((compare) => this.#holds(compare)));
    if (succeeded) {
      for (const operation of operations) this.#checkLeaseOf(operation);
      this.#write(operations);
    }
    return { succeeded, revision: this.#log.revision };
  }

  async *watch(
    prefix: string,
    afterRevision: number,
    signal: AbortSignal,
  ): AsyncGenerator<WatchBatch> {
    const stir = (): void => this.#stir();
    signal.addEventListener('abort', stir);
    try {
      let seen = afterRevision;
      while (!signal.aborted) {
        this.#checkOpen();
        const stirred = this.#stirred.promise;
        const revision = this.#log.revision;
        const batch = this.#guarded(() => this.#log.next(prefix, seen));
        // What changed elsewhere counts as seen, or a quiet prefix would fall behind the compaction.
        seen = batch?.revision ?? Math.max(seen, revision);
        if (batch) yield batch;
        else await stirred;
      }
    } finally {
      signal.removeEventListener('abort', stir);
    }
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as for get
  async grantLease(ttlSeconds: number): Promise<Lease> {
    this.#checkOpen();
    checkLeaseTtl(ttlSeconds);
    const id = String(++this.#leaseCount);
    const ended = new AbortController();
    this.#leases.set(id, ended);
    let validUntilMs = 0;
    return {
      id,
      ttlSeconds,
      validUntilMs: () => {
        if (!ended.signal.aborted) validUntilMs = this.#clock.monotonicMs() + ttlSeconds * 1000;
        return validUntilMs;
      },
      lost: ended.signal,
      // eslint-disable-next-line @typescript-eslint/require-await -- as for get
      revoke: async () => this.#endLease(id, 'revoked'),
    };
  }

  async campaign(
    key: string,
    value: string,
    ttlSeconds: number,
    signal: AbortSignal,
  ): Promise<Leadership> {
    return runCampaign(this, { key, value, ttlSeconds }, signal, (aborted) =>
      this.#clock.sleep(CAMPAIGN_PAUSE_MS, aborted),
    );
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as for get
  async close(): Promise<void> {
    if (this.#isClosed) return;
    try {
      for (const id of [...this.#leases.keys()]) this.#endLease(id, 'closed');
    } finally {
      this.#isClosed = true;
      this.#stir();
      this.#database.close();
    }
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new StoreClosed();
  }

  #holds(compare: Compare): boolean {
    const entry = this.#entries.get(compare.key);
    return 'modRevision' in compare
      ? (entry?.modRevision ?? 0) === compare.modRevision
      : (entry?.createRevision ?? 0) === compare.createRevision;
  }

  #checkLeaseOf(operation: Operation): void {
    if (!('put' in operation) || operation.lease === undefined) return;
    if (!this.#leases.has(operation.lease)) {
      throw new LeaseLost(`lease ${operation.lease}`, 'expired');
    }
  }

  #endLease(id: LeaseId, end: LeaseEnd): void {
    const ended = this.#leases.get(id);
    if (!ended) return;
    this.#leases.delete(id);
    ended.abort(new LeaseLost(`lease ${id}`, end));
    this.#deleteKeysOf(id);
  }

  #deleteKeysOf(lease: LeaseId): void {
    this.#write(this.#guarded(() => this.#entries.deletionsOf(lease)));
  }

  /** One revision, if anything changes at all. */
  #write(operations: readonly Operation[]): void {
    if (operations.length === 0) return;
    const revision = this.#log.revision + 1;
    this.#inTransaction(() => {
      const changes = operations.flatMap((operation) => this.#apply(operation, revision));
      if (changes.length > 0) this.#log.append(revision, changes);
    });
    this.#stir();
  }

  #apply(operation: Operation, revision: number): Change[] {
    if ('delete' in operation) {
      const { delete: key } = operation;
      return this.#entries.delete(key) ? [{ type: 'delete', key, modRevision: revision }] : [];
    }
    const { put: key, value, lease } = operation;
    const createRevision = this.#entries.get(key)?.createRevision ?? revision;
    const entry = { key, value, createRevision, modRevision: revision };
    this.#entries.put(entry, lease);
    return [{ type: 'put', entry }];
  }

  #inTransaction(write: () => void): void {
    try {
      this.#guarded(() => {
        this.#database.exec('BEGIN IMMEDIATE');
        write();
      });
      this.#commit();
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.#log.reload();
      throw error;
    }
  }

  #commit(): void {
    try {
      this.#database.exec('COMMIT');
    } catch (cause) {
      throw new OutcomeUnknown('Cannot tell the outcome of a transaction: its commit failed', {
        cause,
      });
    }
  }

  #guarded<Result>(access: () => Result): Result {
    try {
      return access();
    } catch (cause) {
      if (cause instanceof StoreError) throw cause;
      throw new StoreUnavailable('Cannot use the store: its file failed', { cause });
    }
  }

  #stir(): void {
    this.#stirred.resolve();
    this.#stirred = Promise.withResolvers();
  }
}
