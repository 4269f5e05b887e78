/** A Redis Cluster that changes: the proxy finds it again, and says what it is now. */
import { startRedisCluster, type RedisCluster } from '@keyfleet/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { ProxyOfFlags } from './testing/proxy-of-flags.ts';
import type { RawClient } from './testing/raw-client.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

let cluster: RedisCluster;

beforeEach(async () => {
  cluster = await startRedisCluster();
});
afterEach(() => cluster.stop());

function over(flags: Record<string, string> = {}): Promise<ProxyOfFlags> {
  const own = { upstream: 'redis-cluster', seeds: cluster.addresses[0]!, 'refresh-ms': '300' };
  return ProxyOfFlags.start({ ...own, ...flags });
}

async function untilAllIsSet(client: RawClient): Promise<void> {
  await eventually(async () => {
    for (let i = 0; i < 20; i++) client.send('SET', `key:${i}`, 'value');
    const replies = await client.take(20);
    return replies.every((reply) => JSON.stringify(reply) === '{"type":"status","text":"OK"}');
  });
}

describe('a Redis Cluster', () => {
  it('is served when all its nodes were replaced, though no seed is left', async () => {
    await using proxy = await over();
    await proxy.untilReady();
    const client = await proxy.client();
    await untilAllIsSet(client);
    const former = new Set(cluster.addresses);
    await cluster.replaceAllNodes();
    await untilAllIsSet(client);
    expect(cluster.addresses.some((address) => former.has(address))).toBe(false);
  });

  it('is served again after a failover, long before the next regular look', async () => {
    await using proxy = await over({ 'refresh-ms': '60000' });
    await proxy.untilReady();
    const client = await proxy.client();
    await untilAllIsSet(client);
    const [first] = await cluster.primaries();
    await first!.kill();
    await untilAllIsSet(client);
  });

  it('is found by a seed that is a replica, among seeds that are not there', async () => {
    const [primary] = await cluster.primaries();
    const [replica] = await cluster.replicasOf(primary!);
    await using proxy = await over({ seeds: `127.0.0.1:1,nowhere.invalid:1,${replica!.address}` });
    await proxy.untilReady();
    await untilAllIsSet(await proxy.client());
  });
});
