import { beforeEach, describe, expect, it } from 'vitest';
import { RawClient, type Server } from '../raw-client.ts';
import { FOREIGN_TIMEOUT_MS, redisPyFeatures } from '../tours/foreign.ts';
import type { FeatureClient, Heard } from './feature-client.ts';
import { glideDriver } from './glide.ts';
import { ioredisDriver } from './ioredis.ts';
import { nodeRedisDriver } from './node-redis.ts';

const KEYS = 500;

const drivers = [ioredisDriver, nodeRedisDriver, glideDriver];
const cases = drivers.flatMap((driver) => [2, 3].map((version) => ({ driver, version: version as 2 | 3, name: driver.name }))); // prettier-ignore

/** What other proxies make their users give up, with the clients that people use. */
export function describeFeatures(server: () => Server): void {
  beforeEach(async () => {
    using raw = await RawClient.connect(server());
    expect(await raw.call('FLUSHALL')).toEqual({ type: 'status', text: 'OK' });
  });

  describe.each(cases)('$name over RESP$version', ({ driver, version }) => {
    const connect = (): Promise<FeatureClient> => driver.connect(server(), version);

    it('goes over all keys', async () => {
      await using client = await connect();
      const keys = Array.from({ length: KEYS }, (_, i) => `scan:${i}`);
      await Promise.all(keys.map((key) => client.set(key, 'v')));
      await client.set('other', 'v');
      expect((await client.scan('scan:*')).toSorted()).toEqual(keys.toSorted());
    });

    it('has transactions, and is told of a conflict', async () => {
      await using client = await connect();
      await using other = await connect();
      expect(await client.transaction('{t}key', 'v', '{t}counter')).toEqual(['OK', 1, 'v']);
      const undisturbed = (): Promise<unknown> => other.set('{t}other', 'x');
      expect(await client.setWatched('{t}key', 'mine', undisturbed)).toBe(true);
      const disturb = (): Promise<unknown> => other.set('{t}key', 'theirs');
      expect(await client.setWatched('{t}key', 'mine again', disturb)).toBe(false);
      expect(await client.get('{t}key')).toBe('theirs');
    });

    it('waits for elements, however many others do', async () => {
      const waiting = await Promise.all(Array.from({ length: 5 }, connect));
      await using other = await connect();
      try {
        const popped = waiting.map((client, i) => client.blockingPop([`{l${i}}a`, `{l${i}}b`], 20));
        for (let i = 0; i < 5; i++) await other.push(`{l${i}}b`, `element ${i}`);
        expect(await Promise.all(popped)).toEqual(
          popped.map((_, i) => [`{l${i}}b`, `element ${i}`]),
        );
        expect(await waiting[0]!.blockingPop(['{l0}a'], 0.1)).toBeNull();
        expect(await waiting[0]!.get('none')).toBeNull();
      } finally {
        for (const client of waiting) await client[Symbol.asyncDispose]();
      }
    });

    it('runs scripts at every shard, also when they are forgotten', async () => {
      await using client = await connect();
      const source = "return redis.call('SET', KEYS[1], ARGV[1]) and redis.call('GET', KEYS[1])";
      for (let round = 0; round < 2; round++) {
        for (let i = 0; i < 20; i++)
          expect(await client.script(source, `script:${i}`, `v${i}`)).toBe(`v${i}`);
        await client.forgetScripts();
      }
    });

    it('hears what is published, by channel and by pattern', async () => {
      await using client = await connect();
      const heard: Heard[] = [];
      const all = Promise.withResolvers<null>();
      await client.listen('news', 'weather.*', (each) => {
        heard.push(each);
        if (each.message === 'last') all.resolve(null);
      });
      for (const [channel, message] of [
        ['news', 'first'],
        ['nobody', 'unheard'],
        ['weather.today', 'rain'],
        ['news', 'last'],
      ] as const)
        await client.publish(channel, message);
      await all.promise;
      const inNews = heard.filter(({ channel }) => channel === 'news');
      expect(inNews.map(({ message }) => message)).toEqual(['first', 'last']);
      const weather = (): boolean => heard.some(({ channel }) => channel === 'weather.today');
      await expect.poll(weather).toBe(true);
      expect(heard).toHaveLength(3);
    });
  });

  describe.each([2, 3] as const)('redis-py over RESP%i', (version) => {
    it('does all of it', { timeout: FOREIGN_TIMEOUT_MS }, async ({ skip }) => {
      const fetched = await redisPyFeatures.fetch();
      if (!fetched.ok) skip(`redis-py cannot be had here: ${fetched.because}`);
      const { exitCode, output } = await redisPyFeatures.run(server(), version);
      expect({ exitCode, output }).toEqual({ exitCode: 0, output: 'done\n' });
    });
  });
}
