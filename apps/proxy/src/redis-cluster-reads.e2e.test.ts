/** Reads from the replicas of a real Redis Cluster, which send everything to their primary until they hear READONLY. */
import type { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { ProxyOverCluster } from './testing/proxy-over-cluster.ts';
import { startRedisCluster, type RedisCluster } from '@keyfleet/testkit';

const FLAGS = { reads: 'replica', 'refresh-ms': '500' };

async function readsBy({ proxy }: ProxyOverCluster, role: string): Promise<Map<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${proxy.adminPort}/metrics`)).text();
  const lines = text.matchAll(/^keyfleet_proxy_reads_total\{role="(\w+)",node="(\w+)"\} (\d+)/gm);
  const ofRole = [...lines].filter(([, lineRole]) => lineRole === role);
  return new Map(ofRole.map(([, , node, count]) => [node!, Number(count)]));
}

type Load = { readonly errors: Error[]; rounds: number; stop(): Promise<void> };

/** Reads of keys that are always there, and of many slots, in pipelines. */
function load(client: Redis, keys: readonly string[]): Load {
  let isOver = false;
  const running: Load = {
    errors: [],
    rounds: 0,
    stop: async () => {
      isOver = true;
      await end;
    },
  };
  const end = (async () => {
    while (!isOver && running.errors.length === 0) {
      const pipeline = client.pipeline();
      for (const key of keys) pipeline.get(key);
      pipeline.mget(...keys);
      for (const [error, reply] of (await pipeline.exec())!) {
        if (error !== null) running.errors.push(error);
        else if (String(reply).includes('null') || reply === null)
          running.errors.push(new Error('a value is gone'));
      }
      running.rounds++;
    }
  })();
  return running;
}

async function filled(cluster: RedisCluster, client: Redis): Promise<string[]> {
  const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
  for (const key of keys) await client.set(key, key);
  await cluster.whenReady();
  return keys;
}

describe('over a Redis Cluster', () => {
  it('replicas answer, and no failure of one is an error to anybody', async () => {
    await using cluster = await startRedisCluster({ primaries: 3, replicasPerPrimary: 1 });
    await using before = await ProxyOverCluster.before(cluster, FLAGS);
    const client = before.ioredis();
    const keys = await filled(cluster, client);
    const running = load(before.ioredis(), keys);
    await eventually(async () => (await readsBy(before, 'replica')).size === 3);

    const [primary] = await cluster.primaries();
    const [replica] = await cluster.replicasOf(primary!);
    await replica!.kill();
    const { rounds } = running;
    await eventually(() => running.rounds > rounds + 50 || running.errors.length > 0);
    expect(running.errors).toEqual([]);

    // The replica of another shard becomes its primary, with the old one's help.
    const [, other] = await cluster.primaries();
    const [successor] = await cluster.replicasOf(other!);
    const roundsBefore = running.rounds;
    await successor!.expectOk('CLUSTER', 'FAILOVER');
    await eventually(async () => {
      const primaries = await readsBy(before, 'replica');
      return primaries.has(other!.id) || running.errors.length > 0;
    });
    await eventually(() => running.rounds > roundsBefore + 50 || running.errors.length > 0);
    await running.stop();
    expect(running.errors).toEqual([]);
  }, 60_000);

  it('READONLY is for this connection', async () => {
    await using over = await ProxyOverCluster.start({ primaries: 3, replicasPerPrimary: 1 });
    const client = await over.client();
    await client.call('SET', 'k', 'v');
    await over.cluster.whenReady();
    await client.call('READONLY');
    await eventually(async () => {
      await client.call('GET', 'k');
      const text = await (await fetch(`http://127.0.0.1:${over.proxy.adminPort}/metrics`)).text();
      return text.includes('reads_total{role="replica"');
    });
    expect(await client.call('GET', 'k')).toBe('v');
  }, 60_000);
});
