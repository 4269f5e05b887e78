/** Clusters of one installation share its configserver, and nothing else. */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from './namespace.ts';
import { RedisClient } from './redis-client.ts';
import { RedisCluster } from './redis-cluster.ts';
import { useStory } from './story.ts';

type Secret = KubeObject & { readonly data: Readonly<Record<string, string>> };

const { red, blue } = useStory('red', 'blue');
const redOrders = new RedisCluster(red, 'orders');
const blueOrders = new RedisCluster(blue, 'orders');

describe('two clusters of the same name in two namespaces', () => {
  let redClient: RedisClient;
  let blueClient: RedisClient;

  it('become Ready side by side', async () => {
    for (const cluster of [redOrders, blueOrders]) {
      await cluster.apply({ shards: 1, proxy: { replicas: 1 } });
    }
    await Promise.all([redOrders.untilReady(), blueOrders.untilReady()]);
    redClient = await RedisClient.start(red, 'orders');
    blueClient = await RedisClient.start(blue, 'orders');
  });

  it('do not see each other’s keys', async () => {
    await redClient.cli('SET', 'colour', 'red');
    expect(await blueClient.cli('EXISTS', 'colour')).toBe('0');
    await blueClient.cli('SET', 'colour', 'blue');
    expect(await redClient.cli('GET', 'colour')).toBe('red');
  });

  it('have each their own secret and passwords', async () => {
    const texts = await Promise.all(
      [red, blue].flatMap((namespace) => [
        dataOf(namespace.get<Secret>('secret', 'orders-credentials'), 'secret'),
        dataOf(namespace.get<Secret>('secret', 'orders-shard-0'), 'password'),
      ]),
    );
    expect(new Set(texts).size).toBe(4);
  });

  it('let nobody near their servers without the password', async () => {
    const addresses = (await blueOrders.servers()).map(({ status }) => status.podIP!);
    expect(addresses).toHaveLength(2);
    for (const client of [redClient, blueClient]) {
      for (const address of addresses) {
        expect(await client.ask(address, 'GET', 'colour')).toMatch(/^NOAUTH/);
      }
    }
  });
});

async function dataOf(secret: Promise<Secret | undefined>, key: string): Promise<string> {
  const text = (await secret)?.data[key];
  if (text !== undefined) return text;
  throw new Error(`Cannot compare passwords: a Secret has no ${key}`);
}
