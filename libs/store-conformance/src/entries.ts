import { describe, expect, it } from 'vitest';
import { LimitExceeded, storeLimits, type Compare, type Operation } from '@keyfleet/store';
import { freshPrefix, put, write, type MakeStore } from './harness.ts';

export function describeEntries(makeStore: MakeStore): void {
  describe('get and list', () => {
    it('finds what was put, with the revisions of its creation and last change', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const key = `${freshPrefix()}a`;
      expect(await store.get(key)).toBeUndefined();

      const created = await put(store, key, 'one');
      const changed = await put(store, key, 'two ✓ 🦊');
      expect(changed).toBeGreaterThan(created);
      const want = { key, value: 'two ✓ 🦊', createRevision: created, modRevision: changed };
      expect(await store.get(key)).toEqual(want);
      expect(await (await harness.another()).get(key)).toEqual(want);
    });

    it('gives a key that was deleted and put again a new create revision', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const key = `${freshPrefix()}a`;
      const created = await put(store, key, 'one');
      await write(store, [{ delete: key }]);
      expect(await store.get(key)).toBeUndefined();
      const again = await put(store, key, 'two');
      expect(again).toBe(created + 2);
      expect(await store.get(key)).toMatchObject({ createRevision: again, modRevision: again });
    });

    it('lists in the order of UTF-8 bytes, which is not that of JavaScript strings', async () => {
      await using harness = await makeStore();
      const prefix = freshPrefix();
      const names = ['', '-', '/', '0', '10', '2', 'a', 'a/b', 'é', '\uffee', '🦊'];
      await write(
        harness.store,
        names.toReversed().map((name) => ({ put: prefix + name, value: name })),
      );
      const { entries } = await harness.store.list(prefix);
      expect(entries.map((entry) => entry.value)).toEqual(names);
    });

    it('lists what begins with the prefix and nothing beside it', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const prefix = freshPrefix();
      const inside = ['shard-1', 'shard-1/x', 'shard-10', 'shard-1\uffff', 'shard-1🦊'];
      const outside = ['shard', 'shard-', 'shard-0', 'shard-2', 'Shard-1', 'x/shard-1'];
      for (const name of [...inside, ...outside]) await put(store, prefix + name, '');

      const keys = async (of: string): Promise<string[]> =>
        (await store.list(of)).entries.map((entry) => entry.key);
      expect(new Set(await keys(`${prefix}shard-1`))).toEqual(
        new Set(inside.map((name) => prefix + name)),
      );
      expect(await keys(`${prefix}nothing`)).toEqual([]);
      expect(await keys('')).toEqual(expect.arrayContaining(await keys(prefix)));
    });

    it('says as of which revision a list is: the one of the last change', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const prefix = freshPrefix();
      const first = await put(store, `${prefix}a`, '1');
      expect((await store.list(prefix)).revision).toBe(first);
      const second = await put(store, `${prefix}b`, '2');
      const { entries, revision } = await store.list(prefix);
      expect(revision).toBe(second);
      expect(entries.map((entry) => entry.modRevision)).toEqual([first, second]);
    });
  });

  describe('transact', () => {
    it('does all operations in one revision', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const prefix = freshPrefix();
      await put(store, `${prefix}gone`, 'x');
      const revision = await write(store, [
        { put: `${prefix}b`, value: '2' },
        { delete: `${prefix}gone` },
        { put: `${prefix}a`, value: '1' },
      ]);
      const { entries } = await store.list(prefix);
      expect(entries).toEqual([
        { key: `${prefix}a`, value: '1', createRevision: revision, modRevision: revision },
        { key: `${prefix}b`, value: '2', createRevision: revision, modRevision: revision },
      ]);
    });

    it('takes no revision when it changes nothing', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const prefix = freshPrefix();
      const before = await put(store, `${prefix}a`, '1');
      expect(await store.transact([], [])).toEqual({ succeeded: true, revision: before });
      const absent = { delete: `${prefix}absent` };
      expect(await store.transact([], [absent])).toEqual({ succeeded: true, revision: before });
    });

    it('compares revisions: all must hold, and an absent key has revision 0', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const prefix = freshPrefix();
      const key = `${prefix}a`;
      const absent = `${prefix}absent`;
      const createRevision = await put(store, key, '1');
      const modRevision = await put(store, key, '2');

      const table: [Compare[], boolean][] = [
        [[], true],
        [[{ key, modRevision }], true],
        [[{ key, modRevision: createRevision }], false],
        [[{ key, modRevision: 0 }], false],
        [[{ key, createRevision }], true],
        [[{ key, createRevision: modRevision }], false],
        [[{ key, createRevision: 0 }], false],
        [[{ key: absent, modRevision: 0 }], true],
        [[{ key: absent, createRevision: 0 }], true],
        [[{ key: absent, modRevision }], false],
        [
          [
            { key, createRevision },
            { key, modRevision },
            { key: absent, createRevision: 0 },
          ],
          true,
        ],
        [
          [
            { key, createRevision },
            { key: absent, createRevision },
          ],
          false,
        ],
      ];
      for (const [compares, succeeds] of table) {
        const { succeeded } = await store.transact(compares, []);
        expect(succeeded, JSON.stringify(compares)).toBe(succeeds);
      }
    });

    it('writes nothing when a compare fails', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const prefix = freshPrefix();
      const before = await put(store, `${prefix}a`, '1');
      const outcome = await store.transact(
        [{ key: `${prefix}a`, modRevision: 0 }],
        [
          { put: `${prefix}a`, value: '2' },
          { put: `${prefix}b`, value: '2' },
        ],
      );
      expect(outcome).toEqual({ succeeded: false, revision: before });
      expect(await store.list(prefix)).toMatchObject({
        entries: [{ value: '1' }],
        revision: before,
      });
    });

    it('lets one of many concurrent writers of the same revision win', async () => {
      await using harness = await makeStore();
      const prefix = freshPrefix();
      const other = await harness.another();
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          (i % 2 ? other : harness.store).transact(
            [{ key: `${prefix}a`, createRevision: 0 }],
            [{ put: `${prefix}a`, value: String(i) }],
          ),
        ),
      );
      expect(outcomes.filter((outcome) => outcome.succeeded)).toHaveLength(1);
    });
  });

  describe('limits', () => {
    const { comparesMax, operationsMax, transactionBytesMax } = storeLimits;
    const puts = (prefix: string, count: number, value = ''): Operation[] =>
      Array.from({ length: count }, (_, i) => ({
        put: `${prefix}${String(i).padStart(3, '0')}`,
        value,
      }));
    const absences = (prefix: string, count: number): Compare[] =>
      Array.from({ length: count }, (_, i) => ({ key: `${prefix}${i}`, createRevision: 0 }));

    it('takes as many compares and operations as the limit says, and refuses one more', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const prefix = freshPrefix();
      expect(
        await store.transact(absences(prefix, comparesMax), puts(prefix, operationsMax)),
      ).toMatchObject({ succeeded: true });
      expect((await store.list(prefix)).entries).toHaveLength(operationsMax);

      const beyond = freshPrefix();
      await expect(store.transact([], puts(beyond, operationsMax + 1))).rejects.toMatchObject({
        code: 'LIMIT_EXCEEDED',
        actual: operationsMax + 1,
        limit: operationsMax,
      });
      await expect(
        store.transact(absences(beyond, comparesMax + 1), puts(beyond, 1)),
      ).rejects.toThrow(LimitExceeded);
      expect((await store.list(beyond)).entries).toEqual([]);
    });

    it('takes a value as large as the limit says, counted in bytes, and refuses one byte more', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const key = `${freshPrefix()}large`;
      const room = transactionBytesMax - key.length;
      const value = 'é'.repeat(Math.floor(room / 2)) + 'e'.repeat(room % 2);
      await put(store, key, value);
      expect((await store.get(key))?.value === value).toBe(true);
      await expect(store.transact([], [{ put: key, value: `${value}e` }])).rejects.toThrow(
        LimitExceeded,
      );
    });

    it('takes both limits at once, with leases', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const prefix = freshPrefix();
      const lease = await store.grantLease(60);
      const compares = absences(prefix, comparesMax);
      const keyBytes = compares.reduce((sum, { key }) => sum + key.length, 0);
      const keyLength = prefix.length + 3;
      const room = Math.floor((transactionBytesMax - keyBytes) / operationsMax) - keyLength;
      const operations = puts(prefix, operationsMax, 'x'.repeat(room)).map((operation) => ({
        ...operation,
        lease: lease.id,
      }));
      expect(await store.transact(compares, operations)).toMatchObject({ succeeded: true });
    });

    it('refuses an empty key, and a key that is written twice', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const key = `${freshPrefix()}a`;
      await expect(store.get('')).rejects.toThrow(RangeError);
      await expect(store.transact([], [{ put: '', value: '' }])).rejects.toThrow(RangeError);
      await expect(store.transact([], [{ put: key, value: '' }, { delete: key }])).rejects.toThrow(
        RangeError,
      );
    });
  });
}
