import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { CompactedError, type Change, type WatchBatch } from '@keyfleet/store';

export type LogLimits = { readonly revisionsKept: number; readonly logBytesMax: number };

type ChangeRow = {
  revision: number;
  key: string;
  value: string | null;
  create_revision: number;
};
const BYTES = 'coalesce(sum(length(key) + coalesce(length(value), 0)), 0) AS bytes';

/** What the last revisions changed: bounded in number and in size, the oldest go first. */
export class ChangeLog {
  readonly #limits: LogLimits;
  readonly #append: StatementSync;
  readonly #after: StatementSync;
  readonly #state: StatementSync;
  readonly #setState: StatementSync;
  readonly #sizeOf: StatementSync;
  readonly #drop: StatementSync;
  #revision: number;
  #compacted: number;
  #bytes: number;

  constructor(database: DatabaseSync, limits: LogLimits) {
    this.#limits = limits;
    this.#append = database.prepare('INSERT INTO changes VALUES (?, ?, ?, ?, ?)');
    this.#after = database.prepare(
      'SELECT revision, key, value, create_revision FROM changes WHERE revision > ? ORDER BY revision, position',
    );
    this.#state = database.prepare('SELECT revision, compacted FROM state');
    this.#setState = database.prepare('UPDATE state SET revision = ?, compacted = ?');
    this.#sizeOf = database.prepare(`SELECT ${BYTES} FROM changes WHERE revision BETWEEN ? AND ?`);
    this.#drop = database.prepare('DELETE FROM changes WHERE revision <= ?');
    ({ revision: this.#revision, compacted: this.#compacted } = this.#stored());
    this.#bytes = this.#bytesOf(0, this.#revision);
  }

  get revision(): number {
    return this.#revision;
  }

  /** Inside a transaction. Compacts by as much as it grew too long. */
  append(revision: number, changes: readonly Change[]): void {
    changes.forEach((change, position) => {
      const row =
        change.type === 'put'
          ? ([change.entry.key, change.entry.value, change.entry.createRevision] as const)
          : ([change.key, null, 0] as const);
      this.#append.run(revision, position, ...row);
    });
    this.#revision = revision;
    this.#bytes += this.#bytesOf(revision, revision);
    while (this.#isTooLong()) this.#dropOldest();
    this.#setState.run(this.#revision, this.#compacted);
  }

  /** After a rollback: what memory knows is the file's again. */
  reload(): void {
    ({ revision: this.#revision, compacted: this.#compacted } = this.#stored());
    this.#bytes = this.#bytesOf(0, this.#revision);
  }

  /** The first revision after `afterRevision` that changed something under the prefix. */
  next(prefix: string, afterRevision: number): WatchBatch | undefined {
    if (afterRevision < this.#compacted) {
      throw new CompactedError(afterRevision, this.#compacted + 1);
    }
    let batch: { revision: number; changes: Change[] } | undefined;
    for (const row of this.#after.iterate(afterRevision)) {
      const change = row as ChangeRow;
      if (batch && change.revision !== batch.revision) break;
      if (!change.key.startsWith(prefix)) continue;
      batch ??= { revision: change.revision, changes: [] };
      batch.changes.push(changeOf(change));
    }
    return batch;
  }

  #isTooLong(): boolean {
    const kept = this.#revision - this.#compacted;
    if (kept <= 1) return false; // the revision that is being written always stays
    return kept > this.#limits.revisionsKept || this.#bytes > this.#limits.logBytesMax;
  }

  #dropOldest(): void {
    const oldest = this.#compacted + 1;
    this.#bytes -= this.#bytesOf(oldest, oldest);
    this.#drop.run(oldest);
    this.#compacted = oldest;
  }

  #stored(): { revision: number; compacted: number } {
    return this.#state.get() as { revision: number; compacted: number };
  }

  #bytesOf(from: number, to: number): number {
    return (this.#sizeOf.get(from, to) as { bytes: number }).bytes;
  }
}

function changeOf(row: ChangeRow): Change {
  const { key, value, revision: modRevision, create_revision: createRevision } = row;
  if (value === null) return { type: 'delete', key, modRevision };
  return { type: 'put', entry: { key, value, createRevision, modRevision } };
}
