import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StoreClosed, type Store } from '@keyfleet/store';
import { describeStore, type StoreHarness } from '@keyfleet/store-conformance';
import { temporaryDirectory } from '@keyfleet/testkit';
import { openEmbeddedStore, StoreFileError } from './index.ts';

const REVISIONS_KEPT = 200;
const never = new AbortController().signal;

async function isClosed(store: Store): Promise<boolean> {
  return store.get('/any').then(
    () => false,
    (error: unknown) => error instanceof StoreClosed,
  );
}

async function makeHarness(): Promise<StoreHarness> {
  const directory = await temporaryDirectory();
  const options = { file: join(directory.path, 'store.db'), revisionsKept: REVISIONS_KEPT };
  let current = openEmbeddedStore(options);
  let survivor: Store | undefined;
  return {
    store: current,
    another: async () => {
      if (await isClosed(current)) current = openEmbeddedStore(options);
      return current;
    },
    compact: async () => {
      for (let i = 0; i <= REVISIONS_KEPT; i++) {
        await current.transact([], [{ put: '/compaction', value: String(i) }]);
      }
    },
    // What is on disk at this moment is what a crash leaves behind.
    crash: async () => {
      const left = join(directory.path, 'left.db');
      await cp(options.file, left);
      await cp(`${options.file}-wal`, `${left}-wal`);
      survivor = openEmbeddedStore({ ...options, file: left });
      return survivor;
    },
    [Symbol.asyncDispose]: async () => {
      await survivor?.close();
      await current.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

describeStore('the embedded store', makeHarness);

describe('openEmbeddedStore', () => {
  it('keeps data and revisions over a restart, and revisions go on growing', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'store.db');
    const first = openEmbeddedStore({ file });
    const { revision } = await first.transact([], [{ put: '/a', value: '1' }]);
    await first.close();

    const second = openEmbeddedStore({ file });
    expect(await second.list('')).toEqual({
      entries: [{ key: '/a', value: '1', createRevision: revision, modRevision: revision }],
      revision,
    });
    const next = await second.transact([], [{ put: '/a', value: '2' }]);
    expect(next.revision).toBe(revision + 1);
    const batches = second.watch('/', 0, never)[Symbol.asyncIterator]();
    expect((await batches.next()).value).toMatchObject({ revision });
    expect((await batches.next()).value).toMatchObject({ revision: revision + 1 });
    await second.close();
  });

  it('refuses a second opener with one error that names the file', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'store.db');
    const store = openEmbeddedStore({ file });
    expect(() => openEmbeddedStore({ file })).toThrow(
      `Cannot open store ${file}: another process has it open, want exactly one`,
    );
    await store.close();
    await openEmbeddedStore({ file }).close();
  });

  it('is refused while another process has it, and opens when that one was killed', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'store.db');
    const program = `
      import { openEmbeddedStore } from ${JSON.stringify(import.meta.resolve('./index.ts'))};
      const store = openEmbeddedStore({ file: ${JSON.stringify(file)} });
      const lease = await store.grantLease(60);
      await store.transact([], [
        { put: '/stays', value: '' },
        { put: '/goes', value: '', lease: lease.id },
      ]);
      process.stdout.write('ready');
      setInterval(() => undefined, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module', '--eval', program]);
    await once(owner.stdout, 'data');
    expect(() => openEmbeddedStore({ file })).toThrow('another process has it open');
    owner.kill('SIGKILL');
    await once(owner, 'exit');

    const store = openEmbeddedStore({ file });
    expect((await store.list('')).entries).toMatchObject([{ key: '/stays' }]);
    await store.close();
  });

  it('refuses a file that it does not understand', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'store.db');
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(() => openEmbeddedStore({ file })).toThrow(StoreFileError);
    expect(() => openEmbeddedStore({ file })).toThrow('its schema is version 99, want 1');
    expect(() => openEmbeddedStore({ file: join(directory.path, 'no/such.db') })).toThrow(
      StoreFileError,
    );
  });

  it('bounds its log by size too, but never drops the revision that it just wrote', async () => {
    await using directory = await temporaryDirectory();
    const store = openEmbeddedStore({ file: join(directory.path, 'store.db'), logBytesMax: 1000 });
    const value = 'x'.repeat(600);
    await store.transact([], [{ put: '/a', value }]);
    await store.transact([], [{ put: '/b', value }]);
    await expect(store.watch('/', 0, never)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'COMPACTED',
      oldestRevision: 2,
    });
    const huge = await store.transact([], [{ put: '/c', value: value.repeat(5) }]);
    const batches = store.watch('/', huge.revision - 1, never)[Symbol.asyncIterator]();
    expect((await batches.next()).value).toMatchObject({ revision: huge.revision });
    await store.close();
  });
});
