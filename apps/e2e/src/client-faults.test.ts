/** A primary is killed under clients that wait, listen and run scripts: what they see, and that it goes on behind it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { glideDriver } from './features/glide.ts';
import { ioredisDriver } from './features/ioredis.ts';
import { nodeRedisDriver } from './features/node-redis.ts';
import { usePlatform } from './platform.ts';
import { RawClient } from './raw-client.ts';
import { tagIn } from './tag-in.ts';

const platform = usePlatform();
const RECOVERY = { timeout: 20_000, interval: 100 };
const LOST = 'shard-1';
const KEYS = 300;
const SCRIPT = "return redis.call('INCR', KEYS[1]) and ARGV[1]";

beforeEach(async () => {
  using raw = await RawClient.connect(platform.current);
  await raw.call('FLUSHALL');
});

describe.each([ioredisDriver, nodeRedisDriver, glideDriver])('$name', (driver) => {
  it('goes on when a primary was lost and is back', { timeout: 60_000 }, async () => {
    const [lost, other] = await Promise.all(
      [LOST, 'shard-0'].map(async (id) => `{${tagIn(await platform.current.shard(id))}}`),
    );
    await using client = await driver.connect(platform.current, 3);
    await using waiting = await driver.connect(platform.current, 3);
    await using waitingElsewhere = await driver.connect(platform.current, 3);
    const keys = Array.from({ length: KEYS }, (_, i) => `scan:${i}`);
    await Promise.all(keys.map((key) => client.set(key, 'v')));
    await client.script(SCRIPT, `${lost}n`, 'known');
    const heard = new Set<string>();
    await client.listen('news', 'none.*', ({ message }) => heard.add(message));
    const popped = waiting.blockingPop([`${lost}l`], 30);
    const poppedElsewhere = waitingElsewhere.blockingPop([`${other}l`], 30);

    process.kill((await platform.current.shard(LOST)).primary!.pid!, 'SIGKILL');

    await client.push(`${other}l`, 'elsewhere');
    expect(await poppedElsewhere).toEqual([`${other}l`, 'elsewhere']);
    const isBack = (): Promise<boolean> =>
      client.set(`${lost}k`, 'v').then(
        () => true,
        () => false,
      );
    await expect.poll(isBack, RECOVERY).toBe(true);
    await client.push(`${lost}l`, 'here');
    expect(await popped).toEqual([`${lost}l`, 'here']);
    expect(await client.script(SCRIPT, `${lost}n`, 'known again')).toBe('known again');
    expect(await client.transaction(`${lost}k`, 'w', `${lost}c`)).toEqual(['OK', 1, 'w']);
    expect((await client.scan('scan:*')).toSorted()).toEqual(keys.toSorted());
    await client.publish('news', 'still there');
    await expect.poll(() => heard.has('still there'), RECOVERY).toBe(true);
  });
});
