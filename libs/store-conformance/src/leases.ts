import { describe, expect, it } from 'vitest';
import { LeaseLost, StoreClosed } from '@keyfleet/store';
import { freshPrefix, keysOf, never, put, watchUntil, write, type MakeStore } from './harness.ts';

export function describeLeases(makeStore: MakeStore): void {
  describe('leases', () => {
    it.each([1, 0, -2, 2.5, Number.NaN, Number.POSITIVE_INFINITY])(
      'refuses a ttl of %d s',
      async (ttlSeconds) => {
        await using harness = await makeStore();
        await expect(harness.store.grantLease(ttlSeconds)).rejects.toThrow(RangeError);
      },
    );

    it('keeps itself and its keys alive beyond the ttl', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const key = `${freshPrefix()}a`;
      const lease = await store.grantLease(2);
      expect(lease.ttlSeconds).toBe(2);
      await write(store, [{ put: key, value: '', lease: lease.id }]);
      const grantedUntilMs = lease.validUntilMs();
      await expect
        .poll(() => lease.validUntilMs(), { timeout: 15_000 })
        .toBeGreaterThan(grantedUntilMs + 2_500);
      expect(lease.lost.aborted).toBe(false);
      expect(await store.get(key)).toBeDefined();
    });

    it('deletes its keys when it is revoked: in one revision, and only those still attached', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const prefix = freshPrefix();
      const lease = await store.grantLease(60);
      const attached = ['b', 'a', 'kept'].map((name) => ({ put: prefix + name, value: '' }));
      await write(
        store,
        attached.map((operation) => ({ ...operation, lease: lease.id })),
      );
      const base = await put(store, `${prefix}kept`, 'now without lease');

      await lease.revoke();
      expect(lease.lost.aborted).toBe(true);
      expect(lease.lost.reason).toMatchObject({ code: 'LEASE_LOST', end: 'revoked' });
      const [batch] = await watchUntil(store.watch(prefix, base, never), () => true);
      expect(keysOf(batch!)).toEqual([`${prefix}a`, `${prefix}b`]);
      expect((await store.list(prefix)).entries).toMatchObject([{ key: `${prefix}kept` }]);
      await lease.revoke(); // twice is once
    });

    it('refuses to put with a lease that is gone, and then writes nothing', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const prefix = freshPrefix();
      const lease = await store.grantLease(60);
      await lease.revoke();
      await expect(
        store.transact(
          [],
          [
            { put: `${prefix}a`, value: '' },
            { put: `${prefix}b`, value: '', lease: lease.id },
          ],
        ),
      ).rejects.toThrow(LeaseLost);
      expect((await store.list(prefix)).entries).toEqual([]);
    });

    it('expires, with its keys, when its owner dies without a word', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const prefix = freshPrefix();
      const lease = await store.grantLease(2);
      await put(store, `${prefix}stays`, '');
      const base = await write(store, [{ put: `${prefix}goes`, value: '', lease: lease.id }]);

      const survivor = await harness.crash();
      const [batch] = await watchUntil(survivor.watch(prefix, base, never), () => true);
      expect(batch!.changes).toEqual([
        { type: 'delete', key: `${prefix}goes`, modRevision: batch!.revision },
      ]);
      expect((await survivor.list(prefix)).entries).toMatchObject([{ key: `${prefix}stays` }]);
    });
  });

  describe('close', () => {
    it('ends what waits, refuses what comes, and gives its leases back', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const prefix = freshPrefix();
      const leader = await store.campaign(`${prefix}leader`, 'a', 60, never);
      const lease = await store.grantLease(60);
      const base = await write(store, [{ put: `${prefix}a`, value: '', lease: lease.id }]);
      const watch = store.watch(prefix, base, never)[Symbol.asyncIterator]().next();
      const campaign = store.campaign(`${prefix}leader`, 'b', 60, never);
      watch.catch(() => undefined);
      campaign.catch(() => undefined);

      await store.close();
      await expect(watch.then(({ value }) => value === undefined)).rejects.toThrow(StoreClosed);
      await expect(campaign).rejects.toThrow(StoreClosed);
      for (const { lost } of [lease, leader]) {
        expect(lost.reason).toMatchObject({ code: 'LEASE_LOST', end: 'closed' });
      }
      await expect(store.get(`${prefix}a`)).rejects.toThrow(StoreClosed);
      await expect(store.list(prefix)).rejects.toThrow(StoreClosed);
      await expect(store.transact([], [])).rejects.toThrow(StoreClosed);
      await expect(store.grantLease(2)).rejects.toThrow(StoreClosed);
      await store.close(); // twice is once

      const other = await harness.another();
      expect((await other.list(prefix)).entries).toEqual([]);
    });
  });
}
