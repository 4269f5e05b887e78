import { keySlot } from '@keyfleet/slots';
import { ErrorReply } from '@keyfleet/resp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedisCluster, type RedisCluster } from './index.ts';

const KEY = 'name';
const SLOT = keySlot(Buffer.from(KEY), 0, KEY.length);

describe('a Redis Cluster of the test kit', { timeout: 60_000 }, () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 60_000);
  afterAll(() => cluster.stop());

  it('has three primaries with slots, then their replicas', async () => {
    expect(cluster.nodes).toHaveLength(6);
    expect(await cluster.primaries()).toEqual(cluster.nodes.slice(0, 3));
    expect(await cluster.replicasOf(cluster.nodes[1]!)).toEqual([cluster.nodes[4]]);
  });

  it('answers MOVED, ASK and TRYAGAIN as the protocol says', async () => {
    const from = await cluster.ownerOf(KEY);
    const to = cluster.nodes.slice(0, 3).find((node) => node !== from)!;
    expect(await to.ask('GET', KEY)).toEqual(new ErrorReply(`MOVED ${SLOT} ${from.address}`));
    await from.expectOk('SET', KEY, 'keyfleet');
    const move = { slot: SLOT, from, to };
    await cluster.beginMove(move);
    expect(await from.ask('GET', `{${KEY}}2`)).toEqual(new ErrorReply(`ASK ${SLOT} ${to.address}`));
    expect(await from.ask('MGET', KEY, `{${KEY}}2`)).toMatchObject({ code: 'TRYAGAIN' });
    await cluster.moveKeys(move);
    await cluster.endMove(move);
    await cluster.whenReady();
    expect(await cluster.ownerOf(KEY)).toBe(to);
    expect(await to.ask('GET', KEY)).toBe('keyfleet');
  });

  it('moves a number of slots with what is in them', async () => {
    const [from, to] = await cluster.primaries();
    await cluster.reshard({ from: from!, to: to!, slots: 5 });
    expect(await cluster.ownerOf(0)).toBe(to);
    expect(await cluster.ownerOf(5)).toBe(from);
  });

  it('fails over by request, and by itself when a primary is killed', async () => {
    const primary = await cluster.ownerOf(100);
    const [replica] = await cluster.replicasOf(primary);
    await cluster.failover(replica!);
    expect(await cluster.replicasOf(replica!)).toEqual([primary]);
    await replica!.kill();
    await cluster.whenReady();
    expect(await cluster.ownerOf(100)).toBe(primary);
    await replica!.restart();
    await cluster.whenReady();
    expect(await cluster.replicasOf(primary)).toEqual([replica]);
  });

  it('takes a node more, and lets it go', async () => {
    const node = await cluster.addNode();
    const from = await cluster.ownerOf(7);
    await cluster.reshard({ from, to: node, slots: [7] });
    await cluster.reshard({ from: node, to: from, slots: [7] });
    await cluster.removeNode(node);
    expect(cluster.nodes).toHaveLength(6);
  });

  it('lives on with all nodes replaced, and keeps its data', async () => {
    const before = cluster.addresses;
    await cluster.replaceAllNodes();
    expect(cluster.addresses.filter((address) => before.includes(address))).toEqual([]);
    expect(cluster.nodes).toHaveLength(6);
    expect(await (await cluster.ownerOf(KEY)).ask('GET', KEY)).toBe('keyfleet');
  });
});
