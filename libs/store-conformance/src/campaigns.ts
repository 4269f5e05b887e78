import { describe, expect, it } from 'vitest';
import { LeaseLost, type Leadership } from '@keyfleet/store';
import { freshPrefix, never, put, write, type MakeStore } from './harness.ts';

const TTL_SECONDS = 60; // so long that no handover here is an expiry

export function describeCampaigns(makeStore: MakeStore): void {
  describe('campaign', () => {
    it('elects who comes to a free key: its create revision is the fencing token', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const key = `${freshPrefix()}leader`;
      const leader = await store.campaign(key, 'a', TTL_SECONDS, never);
      expect(leader.key).toBe(key);
      expect(leader.lost.aborted).toBe(false);
      expect(await store.get(key)).toMatchObject({ value: 'a', createRevision: leader.revision });
    });

    it('has one leader at a time, each with a greater token, and everyone is elected', async () => {
      await using harness = await makeStore();
      const stores = [harness.store, await harness.another()];
      const prefix = freshPrefix();
      const tokens: number[] = [];
      let leaders = 0;
      await Promise.all(
        Array.from({ length: 5 }, async (_, i) => {
          const store = stores[i % stores.length]!;
          const leader = await store.campaign(`${prefix}leader`, String(i), TTL_SECONDS, never);
          expect(++leaders).toBe(1);
          tokens.push(leader.revision);
          const { succeeded } = await store.transact(
            [{ key: leader.key, createRevision: leader.revision }],
            [{ put: `${prefix}topology`, value: String(i) }],
          );
          expect(succeeded).toBe(true);
          leaders--;
          await leader.resign();
        }),
      );
      expect(tokens).toHaveLength(5);
      expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
    });

    it('hands over at once when the leader resigns', async () => {
      await using harness = await makeStore();
      const key = `${freshPrefix()}leader`;
      const first = await harness.store.campaign(key, 'a', TTL_SECONDS, never);
      const waiting = (await harness.another()).campaign(key, 'b', TTL_SECONDS, never);
      await first.resign();
      expect(first.lost.reason).toBeInstanceOf(LeaseLost);
      const second = await waiting; // far within the ttl, or the test times out
      expect(second.revision).toBeGreaterThan(first.revision);
      expect(await harness.store.get(key)).toMatchObject({ value: 'b' });
    });

    it('fences: a deposed leader learns of it, and its writes lose', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const prefix = freshPrefix();
      const key = `${prefix}leader`;
      const old = await store.campaign(key, 'old', TTL_SECONDS, never);
      const waiting = (await harness.another()).campaign(key, 'new', TTL_SECONDS, never);
      await write(store, [{ delete: key }]);
      const current = await waiting;

      const publish = async (leader: Leadership): Promise<boolean> => {
        const fence = { key: leader.key, createRevision: leader.revision };
        const operation = { put: `${prefix}topology`, value: String(leader.revision) };
        return (await store.transact([fence], [operation])).succeeded;
      };
      expect(await publish(old)).toBe(false);
      expect(await publish(current)).toBe(true);
      await expect.poll(() => old.lost.aborted).toBe(true);
      expect(current.lost.aborted).toBe(false);
    });

    it('ends a waiting campaign when its signal aborts: it is not elected later', async () => {
      await using harness = await makeStore();
      const { store } = harness;
      const key = `${freshPrefix()}leader`;
      const leader = await store.campaign(key, 'a', TTL_SECONDS, never);
      const stop = new AbortController();
      const waiting = store.campaign(key, 'b', TTL_SECONDS, stop.signal);
      const reason = new Error('shutting down');
      stop.abort(reason);
      await expect(waiting).rejects.toBe(reason);
      await leader.resign();
      expect(await store.get(key)).toBeUndefined();
    });

    it('keeps a leadership when the signal of its campaign aborts afterwards', async () => {
      await using harness = await makeStore();
      const key = `${freshPrefix()}leader`;
      const stop = new AbortController();
      const leader = await harness.store.campaign(key, 'a', TTL_SECONDS, stop.signal);
      stop.abort();
      await put(harness.store, `${key}/other`, '');
      expect(leader.lost.aborted).toBe(false);
      expect(await harness.store.get(key)).toBeDefined();
    });

    it('refuses a ttl that a lease could not have', async () => {
      await using harness = await makeStore();
      const key = `${freshPrefix()}leader`;
      await expect(harness.store.campaign(key, 'a', 1, never)).rejects.toThrow(RangeError);
    });
  });
}
