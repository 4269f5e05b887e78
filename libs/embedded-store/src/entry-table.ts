import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Entry, LeaseId, Operation } from '@keyfleet/store';

type EntryRow = { key: string; value: string; create_revision: number; mod_revision: number };

/** The entries as they are now. Writes must be inside a transaction; each returns whether it changed anything. */
export class EntryTable {
  readonly #get: StatementSync;
  readonly #from: StatementSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #leased: StatementSync;
  readonly #ofLease: StatementSync;

  constructor(database: DatabaseSync) {
    const select = 'SELECT key, value, create_revision, mod_revision FROM entries';
    this.#get = database.prepare(`${select} WHERE key = ?`);
    this.#from = database.prepare(`${select} WHERE key >= ? ORDER BY key`);
    this.#put = database.prepare('INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?)');
    this.#delete = database.prepare('DELETE FROM entries WHERE key = ?');
    this.#leased = database.prepare(
      'SELECT DISTINCT lease FROM entries WHERE lease IS NOT NULL ORDER BY lease',
    );
    this.#ofLease = database.prepare('SELECT key FROM entries WHERE lease = ? ORDER BY key');
  }

  get(key: string): Entry | undefined {
    const row = this.#get.get(key) as EntryRow | undefined;
    return row && entryOf(row);
  }

  list(prefix: string): Entry[] {
    const entries: Entry[] = [];
    for (const row of this.#from.iterate(prefix)) {
      const entry = entryOf(row as EntryRow);
      if (!entry.key.startsWith(prefix)) break;
      entries.push(entry);
    }
    return entries;
  }

  put({ key, value, createRevision, modRevision }: Entry, lease: LeaseId | undefined): void {
    this.#put.run(key, value, createRevision, modRevision, lease ?? null);
  }

  delete(key: string): boolean {
    return this.#delete.run(key).changes === 1;
  }

  leases(): LeaseId[] {
    return this.#leased.all().map((row) => (row as { lease: LeaseId }).lease);
  }

  deletionsOf(lease: LeaseId): Operation[] {
    return this.#ofLease.all(lease).map((row) => ({ delete: (row as { key: string }).key }));
  }
}

function entryOf(row: EntryRow): Entry {
  return {
    key: row.key,
    value: row.value,
    createRevision: row.create_revision,
    modRevision: row.mod_revision,
  };
}
