import { describe, expect, it } from 'vitest';
import { CompactedError, type Operation, type Store, type WatchBatch } from '@keyfleet/store';
import {
  freshPrefix,
  keysOf,
  never,
  put,
  seededRandom,
  watchUntil,
  write,
  type MakeStore,
} from './harness.ts';

const WRITERS = 4;
const WRITES_EACH = 25;

export function describeWatches(makeStore: MakeStore): void {
  describe('watch', () => {
    it('tells the past after the given revision, then what comes', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const prefix = freshPrefix();
      const before = await put(store, `${prefix}a`, 'old');
      const first = await put(store, `${prefix}a`, 'new');
      const batches = store.watch(prefix, before, never)[Symbol.asyncIterator]();
      const entry = { key: `${prefix}a`, value: 'new', createRevision: before, modRevision: first };
      expect((await batches.next()).value).toEqual({
        revision: first,
        changes: [{ type: 'put', entry }],
      });

      const coming = batches.next();
      const second = await write(await harness.another(), [{ delete: `${prefix}a` }]);
      expect((await coming).value).toEqual({
        revision: second,
        changes: [{ type: 'delete', key: `${prefix}a`, modRevision: second }],
      });
      await batches.return?.();
    });

    it('gives one batch per revision, in the order of its operations, without other prefixes', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const prefix = freshPrefix();
      const elsewhere = freshPrefix();
      const base = await put(store, `${prefix}b`, '');
      await put(store, `${elsewhere}a`, '');
      const revision = await write(store, [
        { put: `${prefix}c`, value: '' },
        { put: `${elsewhere}b`, value: '' },
        { delete: `${prefix}b` },
        { delete: `${prefix}absent` },
        { put: `${prefix}a`, value: '' },
      ]);
      const [batch] = await watchUntil(store.watch(prefix, base, never), () => true);
      expect(batch!.revision).toBe(revision);
      expect(keysOf(batch!)).toEqual([`${prefix}c`, `${prefix}b`, `${prefix}a`]);
    });

    it('waits for a revision that is still to come', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const prefix = freshPrefix();
      const now = await put(store, `${prefix}a`, '');
      const seen = watchUntil(store.watch(prefix, now + 1, never), () => true);
      await put(store, `${prefix}skipped`, '');
      await put(store, `${prefix}wanted`, '');
      expect(keysOf((await seen)[0]!)).toEqual([`${prefix}wanted`]);
    });

    it.each([1, 2, 3])('has no gap under concurrent writers (seed %i)', async (seed) => {
      await using harness = await makeStore();
      const stores = [harness.store, await harness.another()];
      const prefix = freshPrefix();
      const last = `${prefix}last`;
      const base = await put(stores[0]!, `${prefix}first`, '');
      const isLast = (batch: WatchBatch): boolean => keysOf(batch).includes(last);
      const watchers = [watchUntil(stores[0]!.watch(prefix, base, never), isLast)];

      const random = seededRandom(seed);
      const written = await Promise.all(
        Array.from({ length: WRITERS }, async (_, writer) => {
          const store = stores[writer % stores.length]!;
          const revisions = await writeAtRandom(store, prefix, random);
          watchers.push(watchUntil(store.watch(prefix, base, never), isLast)); // joins in the middle
          return revisions;
        }),
      );
      const end = await put(stores[0]!, last, '');
      const want = [...new Set([...written.flat(), end])].sort((a, b) => a - b);
      for (const watcher of watchers) {
        const batches = await watcher;
        expect(batches.map((batch) => batch.revision)).toEqual(want);
        expect(replay(batches)).toEqual(await valuesUnder(stores[0]!, prefix));
      }
    });

    it('goes on from a list without missing or repeating anything', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const prefix = freshPrefix();
      const writing = writeAtRandom(await harness.another(), prefix, seededRandom(4));
      const { revision } = await store.list(prefix);
      const after = (await writing).filter((written) => written > revision);
      const end = await put(store, `${prefix}last`, '');
      const batches = await watchUntil(
        store.watch(prefix, revision, never),
        (batch) => batch.revision === end,
      );
      expect(batches.map((batch) => batch.revision)).toEqual([...after, end]);
    });

    it('ends when its signal aborts, and only that one', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const prefix = freshPrefix();
      const base = await put(store, `${prefix}a`, '');
      const stop = new AbortController();
      const stopped = store.watch(prefix, base, stop.signal)[Symbol.asyncIterator]().next();
      const other = watchUntil(store.watch(prefix, base, never), () => true);
      stop.abort();
      expect(await stopped).toEqual({ done: true, value: undefined });
      await put(store, `${prefix}b`, '');
      expect(await other).toHaveLength(1);

      const aborted = store.watch(prefix, base, AbortSignal.abort())[Symbol.asyncIterator]();
      expect((await aborted.next()).done).toBe(true);
    });

    it('ends with CompactedError when the past that it needs is gone', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const prefix = freshPrefix();
      const base = await put(store, `${prefix}a`, '1');
      await put(store, `${prefix}a`, '2');
      await harness.compact();
      const next = store.watch(prefix, base, never)[Symbol.asyncIterator]().next();
      await expect(next).rejects.toThrow(CompactedError);
      await expect(next).rejects.toMatchObject({ code: 'COMPACTED' });

      const { entries, revision } = await store.list(prefix);
      expect(entries).toMatchObject([{ value: '2' }]);
      const going = watchUntil(store.watch(prefix, revision, never), () => true);
      await put(store, `${prefix}b`, '');
      expect(keysOf((await going)[0]!)).toEqual([`${prefix}b`]);
    });

    it('survives a compaction of what it has seen', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const prefix = freshPrefix();
      const base = await put(store, `${prefix}a`, '1');
      const batches = store.watch(prefix, base, never)[Symbol.asyncIterator]();
      const next = batches.next();
      await put(store, `${prefix}a`, '2');
      await next;
      const later = batches.next();
      await harness.compact();
      const revision = await put(store, `${prefix}a`, '3');
      expect((await later).value).toMatchObject({ revision });
      await batches.return?.();
    });
  });
}

/** Puts, deletes, and transactions of several operations; gives the revisions that changed something. */
async function writeAtRandom(
  store: Store,
  prefix: string,
  random: () => number,
): Promise<number[]> {
  const revisions: number[] = [];
  for (let i = 0; i < WRITES_EACH; i++) {
    const names = new Set(
      Array.from({ length: 1 + Math.floor(random() * 3) }, () => Math.floor(random() * 6)),
    );
    const operations = [...names].map((name): Operation => {
      const key = `${prefix}${name}`;
      return random() < 0.3 ? { delete: key } : { put: key, value: String(random()) };
    });
    // A put at the end, so that every transaction that succeeds takes a revision of its own.
    const own = { put: `${prefix}own`, value: String(i) };
    const compares = random() < 0.2 ? [{ key: `${prefix}0`, createRevision: 0 }] : [];
    const { succeeded, revision } = await store.transact(compares, [...operations, own]);
    if (succeeded) revisions.push(revision);
  }
  return revisions;
}

function replay(batches: readonly WatchBatch[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const change of batches.flatMap((batch) => batch.changes)) {
    if (change.type === 'put') values.set(change.entry.key, change.entry.value);
    else values.delete(change.key);
  }
  return values;
}

async function valuesUnder(store: Store, prefix: string): Promise<Map<string, string>> {
  const { entries } = await store.list(prefix);
  const all = new Map(entries.map((entry) => [entry.key, entry.value]));
  all.delete(`${prefix}first`); // before the watches began
  return all;
}
