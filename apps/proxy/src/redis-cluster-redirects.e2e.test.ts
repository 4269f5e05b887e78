/**
 * What clients see while slots of a real Redis Cluster move under their requests: nothing. The proxy looks for changes of
 * the cluster so seldom here that it learns of them from redirects alone, where it says so.
 */
import { startRedisCluster, type RedisCluster } from '@keyfleet/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProxyOverCluster, slotOf } from './testing/proxy-over-cluster.ts';

let cluster: RedisCluster;
let under: ProxyOverCluster;

beforeAll(async () => {
  cluster = await startRedisCluster({ primaries: 3, replicasPerPrimary: 0 });
  under = await ProxyOverCluster.before(cluster, { 'hold-queue-ms': '4000' });
});

afterAll(async () => {
  await under[Symbol.asyncDispose]();
  await cluster.stop();
});

type Move = Parameters<RedisCluster['beginMove']>[0];

/** The slot of `key`, its owner, and another primary. */
async function moveOf(key: string): Promise<Move> {
  const from = await cluster.ownerOf(key);
  const primaries = await cluster.primaries();
  return { slot: slotOf(key), from, to: primaries.find((node) => node !== from)! };
}

async function moveWhole(move: Move): Promise<void> {
  await cluster.beginMove(move);
  await cluster.moveKeys(move);
  await cluster.endMove(move);
}

describe('a slot that moved', () => {
  it('is asked for where it is now, and its client notices nothing', async () => {
    const client = under.ioredis();
    await client.set('moved:1', 'v');
    const before = await under.metric('redirects_moved_total');
    await moveWhole(await moveOf('moved:1'));
    expect(await client.get('moved:1')).toBe('v');
    expect(await client.set('moved:1', 'w')).toBe('OK');
    expect(await client.get('moved:1')).toBe('w');
    // The next request went there at once.
    expect(await under.metric('redirects_moved_total')).toBe(before + 1);
  });

  it('keeps the order of pipelined requests, whoever has the slot', async () => {
    const client = under.ioredis();
    const key = 'moved:list';
    let pushed = 0;
    const push = async (): Promise<void> => {
      const pipeline = client.pipeline();
      for (let i = 0; i < 40; i++) pipeline.rpush(key, String(pushed++));
      for (const [error] of (await pipeline.exec())!) expect(error).toBeNull();
    };
    await push();
    let isOver = false;
    const pushing = Promise.all(
      [1, 2, 3].map(async () => {
        while (!isOver) await push();
      }),
    );
    for (let i = 0; i < 4; i++) await moveWhole(await moveOf(key));
    isOver = true;
    await pushing;
    const elements = (await client.lrange(key, 0, -1)).map(Number);
    expect(elements).toEqual(Array.from({ length: pushed }, (_, i) => i));
  });
});

describe('a slot that moves', () => {
  it('has its keys on both sides, and each is found', async () => {
    const client = under.ioredis();
    const keys = ['{moves:1}a', '{moves:1}b', '{moves:1}new'];
    await client.mset(keys[0]!, 'a', keys[1]!, 'b');
    const before = await under.metric('redirects_ask_total');
    const move = await moveOf(keys[0]!);
    await cluster.beginMove(move);
    await cluster.moveKeys({ ...move, keys: [keys[0]!] });
    expect(await Promise.all(keys.map((key) => client.get(key)))).toEqual(['a', 'b', null]);
    expect(await client.set(keys[2]!, 'n')).toBe('OK');
    expect(await client.get(keys[2]!)).toBe('n');
    expect(await under.metric('redirects_ask_total')).toBeGreaterThan(before + 2);
    await cluster.moveKeys(move);
    await cluster.endMove(move);
    expect(await Promise.all(keys.map((key) => client.get(key)))).toEqual(['a', 'b', 'n']);
  });

  it('lets a command over keys of both sides wait until they are together', async () => {
    const client = under.ioredis();
    const keys = ['{moves:2}a', '{moves:2}b'];
    await client.mset(keys[0]!, 'a', keys[1]!, 'b');
    const move = await moveOf(keys[0]!);
    await cluster.beginMove(move);
    await cluster.moveKeys({ ...move, keys: [keys[0]!] });
    const before = await under.metric('redirects_later_total');
    const read = client.mget(...keys);
    while ((await under.metric('redirects_later_total')) < before + 2);
    await cluster.moveKeys(move);
    await cluster.endMove(move);
    expect(await read).toEqual(['a', 'b']);
  });

  it('says TRYAGAIN when they are not together in time, and nothing was done', async () => {
    await using impatient = await ProxyOverCluster.before(cluster, { 'hold-queue-ms': '200' });
    const client = impatient.ioredis();
    const keys = ['{moves:3}a', '{moves:3}b'];
    await client.mset(keys[0]!, 'a', keys[1]!, 'b');
    const move = await moveOf(keys[0]!);
    await cluster.beginMove(move);
    await cluster.moveKeys({ ...move, keys: [keys[0]!] });
    await expect(client.mset(keys[0]!, 'x', keys[1]!, 'y')).rejects.toThrow(/^TRYAGAIN Multiple/);
    await cluster.moveKeys(move);
    await cluster.endMove(move);
    expect(await client.mget(...keys)).toEqual(['a', 'b']);
  });

  it('does not let a request that waits come after what its client sent behind it', async () => {
    const client = under.ioredis();
    const keys = ['{moves:4}a', '{moves:4}b'];
    await client.mset(keys[0]!, 'a', keys[1]!, 'b');
    const move = await moveOf(keys[0]!);
    await cluster.beginMove(move);
    await cluster.moveKeys({ ...move, keys: [keys[0]!] });
    const [both, one] = await Promise.allSettled([
      client.mset(keys[0]!, 'early', keys[1]!, 'early'),
      client.set(keys[1]!, 'late'),
    ]);
    await cluster.moveKeys(move);
    await cluster.endMove(move);
    expect([both.status, one]).toEqual(['rejected', { status: 'fulfilled', value: 'OK' }]);
    expect(await client.mget(...keys)).toEqual(['a', 'late']);
  });
});

describe('a command over keys of many slots', () => {
  const keys = Array.from({ length: 1000 }, (_, i) => `many:${i}`);
  const pairs = keys.flatMap((key, i) => [key, `v${i}`]);

  it('is one command per slot, and one reply in the order of the keys', async () => {
    const client = under.ioredis();
    expect(await client.mset(...pairs)).toBe('OK');
    const asked = [...keys.toReversed(), 'many:none', keys[0]!, keys[0]!];
    const values = asked.map((key) => (key === 'many:none' ? null : `v${key.slice(5)}`));
    expect(await client.mget(...asked)).toEqual(values);
    expect(await client.exists(...asked)).toBe(1002);
    expect(await client.touch(...asked)).toBe(1002);
    expect(await client.unlink(...keys.slice(0, 10))).toBe(10);
    expect(await client.del(...asked)).toBe(990);
    expect(await client.exists(...keys)).toBe(0);
  });

  it('notices nothing of slots that move', async () => {
    const client = under.ioredis();
    let isOver = false;
    const asking = (async () => {
      for (let round = 0; !isOver; round++) {
        const replies = await client
          .pipeline()
          .mset(...keys.flatMap((key) => [key, String(round)]))
          .mget(...keys)
          .del(...keys)
          .exec();
        expect(replies).toEqual([
          [null, 'OK'],
          [null, keys.map(() => String(round))],
          [null, keys.length],
        ]);
      }
    })();
    for (const key of keys.slice(0, 8)) await moveWhole(await moveOf(key));
    isOver = true;
    await asking;
  });

  it('says of which slots something failed, and why', async () => {
    await using impatient = await ProxyOverCluster.before(cluster, { 'hold-queue-ms': '100' });
    const client = impatient.ioredis();
    await client.mset(...pairs);
    const move = await moveOf(keys[0]!);
    await move.from.expectOk('CLUSTER', 'DELSLOTS', String(move.slot));
    const failed = /^CLUSTERDOWN MGET failed on \d+ of \d+ slots \(\w+: CLUSTERDOWN .*\)$/;
    await expect(client.mget(...keys)).rejects.toThrow(failed);
    await move.from.expectOk('CLUSTER', 'ADDSLOTS', String(move.slot));
    await cluster.whenReady();
    expect(await under.ioredis().del(...keys)).toBe(1000);
  });
});

describe('a node that says CLUSTERDOWN', () => {
  it('is asked again until it can, in the order of the requests', async () => {
    const client = under.ioredis();
    const key = 'down:1';
    await client.set(key, 'v');
    const { slot, from } = await moveOf(key);
    // The others still believe that it has the slot.
    await from.expectOk('CLUSTER', 'DELSLOTS', String(slot));
    const before = await under.metric('redirects_later_total');
    const requests = Promise.all([client.get(key), client.append(key, 'w'), client.get(key)]);
    while ((await under.metric('redirects_later_total')) < before + 4);
    await from.expectOk('CLUSTER', 'ADDSLOTS', String(slot));
    expect(await requests).toEqual(['v', 2, 'vw']);
  });
});

describe('a primary that hands over to its replica', () => {
  it('says so to what is in flight: nothing fails, nothing is done twice, and all in order', async () => {
    await using promoting = await startRedisCluster({ primaries: 3, replicasPerPrimary: 1 });
    await using before = await ProxyOverCluster.before(promoting, { 'hold-queue-ms': '8000' });
    const key = 'promoted:list';
    let pushed = 0;
    let isOver = false;
    const client = before.ioredis();
    const pushing = Promise.all(
      [1, 2].map(async () => {
        while (!isOver) {
          const pipeline = client.pipeline();
          for (let i = 0; i < 20; i++) pipeline.rpush(key, String(pushed++));
          for (const [error] of (await pipeline.exec())!) expect(error).toBeNull();
        }
      }),
    );
    for (let i = 0; i < 2; i++) {
      const [replica] = await promoting.replicasOf(await promoting.ownerOf(key));
      await promoting.failover(replica!);
    }
    isOver = true;
    await pushing;
    const elements = (await client.lrange(key, 0, -1)).map(Number);
    expect(elements).toEqual(Array.from({ length: pushed }, (_, i) => i));
  });
});
