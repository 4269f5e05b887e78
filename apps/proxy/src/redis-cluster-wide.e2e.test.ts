/** What is about all keys, over a Redis Cluster: also while slots move, key by key. */
import type { Reply } from '@keyfleet/resp';
import { beforeEach, describe, expect, it } from 'vitest';
import { OK, slotOf, useProxyOverCluster } from './testing/proxy-over-cluster.ts';
import type { RawClient } from './testing/raw-client.ts';

const used = useProxyOverCluster({ flags: { 'refresh-ms': '60000' } });
const KEYS = Array.from({ length: 300 }, (_, i) => `key:${i}`);
const TAGGED = Array.from({ length: 40 }, (_, i) => `{tag}:${i}`);
const ALL = [...KEYS, ...TAGGED].sort();

let client: RawClient;

beforeEach(async () => {
  used.over.closeClients();
  client = await used.over.client();
  expect(await client.call('FLUSHALL')).toEqual(OK);
  for (const key of ALL) client.send('SET', key, 'v');
  await client.take(ALL.length);
});

/** All keys of a scan; `between` its calls. */
async function scan(
  options: readonly string[] = [],
  between: (call: number) => Promise<void> = () => Promise.resolve(),
): Promise<string[]> {
  const found = new Set<string>();
  let cursor = '0';
  let calls = 0;
  do {
    const [next, keys] = (await client.call('SCAN', cursor, ...options)) as [string, string[]];
    for (const key of keys) found.add(key);
    cursor = next;
    if (cursor !== '0') await between(++calls);
  } while (cursor !== '0');
  return [...found].sort();
}

const listed = (reply: Reply): string[] => [...(reply as string[])].sort();

/** The slot of `{tag}` between two primaries: from the one that a scan comes to later. */
async function tagMove() {
  const { cluster } = used.over;
  const from = await cluster.ownerOf('{tag}');
  const to = (await cluster.primaries()).find((node) => node !== from)!;
  return { slot: slotOf('{tag}'), from, to };
}

describe('all keys are there', () => {
  it('for KEYS, DBSIZE, RANDOMKEY, SCAN and INFO', async () => {
    expect(listed(await client.call('KEYS', '*'))).toEqual(ALL);
    expect(listed(await client.call('KEYS', '{tag}*'))).toEqual([...TAGGED].sort());
    expect(await client.call('DBSIZE')).toBe(ALL.length);
    expect(ALL).toContain(await client.call('RANDOMKEY'));
    expect(await scan(['COUNT', '17'])).toEqual(ALL);
    expect((await client.call('INFO', 'keyspace')) as string).toContain(`keys=${ALL.length}`);
    expect(await client.call('CLUSTER', 'COUNTKEYSINSLOT', String(slotOf('{tag}')))).toBe(40);
    const inSlot = await client.call('CLUSTER', 'GETKEYSINSLOT', String(slotOf('{tag}')), '100');
    expect(listed(inSlot)).toEqual([...TAGGED].sort());
  });

  it('while a slot is half moved', async () => {
    const { cluster } = used.over;
    const move = await tagMove();
    await cluster.beginMove(move);
    await cluster.moveKeys({ ...move, keys: TAGGED.slice(0, 20) });
    expect(listed(await client.call('KEYS', '*'))).toEqual(ALL);
    expect(listed(await client.call('KEYS', '{tag}*'))).toEqual([...TAGGED].sort());
    expect(await client.call('DBSIZE')).toBe(ALL.length);
    expect(await scan(['COUNT', '17'])).toEqual(ALL);
    expect(await scan(['MATCH', '{tag}:1*'])).toEqual(
      TAGGED.filter((key) => key.startsWith('{tag}:1')).sort(),
    );
    expect(await client.call('FLUSHALL')).toEqual(OK);
    expect(await client.call('DBSIZE')).toBe(0);
    await cluster.endMove(move);
  });

  it('for a scan that slots overtake, on the way and behind it', async () => {
    const { cluster } = used.over;
    const move = await tagMove();
    const steps = [
      () => cluster.beginMove(move),
      () => cluster.moveKeys(move),
      () => Promise.resolve(),
    ];
    expect(await scan(['COUNT', '10'], async (call) => steps[call - 3]?.())).toEqual(ALL);
    await cluster.endMove(move);
    // The topology is still the one of before.
    expect(await scan(['COUNT', '10'])).toEqual(ALL);
    const back = { ...move, from: move.to, to: move.from };
    expect(
      await scan(['COUNT', '10'], async (call) => {
        if (call === 5) await cluster.reshard({ ...back, slots: [move.slot] });
      }),
    ).toEqual(ALL);
    expect(listed(await client.call('KEYS', '*'))).toEqual(ALL);
  });

  it('for a scan during which a primary fails over', async () => {
    const { cluster } = used.over;
    const found = await scan(['COUNT', '20'], async (call) => {
      if (call !== 4) return;
      const [first] = await cluster.primaries();
      await cluster.failover((await cluster.replicasOf(first!))[0]!);
    });
    expect(found).toEqual(ALL);
    expect(await client.call('DBSIZE')).toBe(ALL.length);
    expect(await client.call('FLUSHALL')).toEqual(OK);
    expect(await client.call('DBSIZE')).toBe(0);
  });
});
