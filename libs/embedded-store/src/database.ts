/**
 * The file: current entries, and a log of what the last revisions changed, from which watches read.
 *
 * Invariant: a revision is in `entries` and in `changes`, or in neither; and is on disk before anyone is
 * told of it (WAL with synchronous=FULL).
 * Trap: the lock must be exclusive *before* the file goes to WAL, else SQLite makes the shared-memory file
 * with which several processes could open it.
 */
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '@keyfleet/store';

const SCHEMA_VERSION = 1;
const SQLITE_BUSY = 5;

export class StoreFileError extends StoreError {
  readonly code = 'STORE_FILE';
  readonly file: string;
  constructor(file: string, because: string, cause?: unknown) {
    super(`Cannot open store ${file}: ${because}`, { cause });
    this.file = file;
  }
}

/** Opens the file, or makes it, for this process alone. */
export function openDatabase(file: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    closeSync(openSync(file, 'a', 0o600)); // it holds secrets; SQLite itself would go by the umask
    database = new DatabaseSync(file, { timeout: 0 });
    database.exec(
      'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL',
    );
    database.exec('BEGIN EXCLUSIVE');
    createSchema(database, file);
    database.exec('COMMIT');
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof StoreFileError) throw error;
    const busy = (error as { errcode?: number }).errcode === SQLITE_BUSY;
    const because = busy
      ? 'another process has it open, want exactly one'
      : (error as Error).message;
    throw new StoreFileError(file, because, error);
  }
}

function createSchema(database: DatabaseSync, file: string): void {
  const row = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (row.user_version === SCHEMA_VERSION) return;
  if (row.user_version !== 0) {
    throw new StoreFileError(
      file,
      `its schema is version ${row.user_version}, want ${SCHEMA_VERSION}`,
    );
  }
  database.exec(`
    CREATE TABLE state (revision INTEGER NOT NULL, compacted INTEGER NOT NULL) STRICT;
    INSERT INTO state VALUES (0, 0);
    CREATE TABLE entries (
      key TEXT PRIMARY KEY,
      value TEXT NOT NULL,
      create_revision INTEGER NOT NULL,
      mod_revision INTEGER NOT NULL,
      lease TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX entries_by_lease ON entries (lease) WHERE lease IS NOT NULL;
    CREATE TABLE changes (
      revision INTEGER NOT NULL,
      position INTEGER NOT NULL,
      key TEXT NOT NULL,
      value TEXT, -- null: deleted
      create_revision INTEGER NOT NULL,
      PRIMARY KEY (revision, position)
    ) STRICT, WITHOUT ROWID;
    PRAGMA user_version = ${SCHEMA_VERSION};
  `);
}
