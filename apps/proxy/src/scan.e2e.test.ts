/** SCAN over real shards, while slots move and servers die. */
import { startRedis, type ServerProcess } from '@keyfleet/testkit';
import { parseSlots, formatSlots, keySlot } from '@keyfleet/slots';
import type { Topology } from '@keyfleet/topology';
import { Redis } from 'ioredis';
import { beforeEach, describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { runIdOf, startProxyUnderTest, type ProxyUnderTest } from './testing/proxy-under-test.ts';

const KEYS = Array.from({ length: 2000 }, (_, i) => `key:${i}`);
const HALF = 8192;

async function startFilled(keys: readonly string[] = KEYS): Promise<ProxyUnderTest> {
  const under = await startProxyUnderTest();
  await eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);
  const pipeline = under.client().pipeline();
  for (const key of keys) pipeline.set(key, key);
  await pipeline.exec();
  return under;
}

type Scanned = { keys: string[]; calls: number };

/** `between` runs after each call, with its number. */
async function scanAll(
  client: Redis,
  options: string[],
  between: (call: number) => Promise<void> = () => Promise.resolve(),
): Promise<Scanned> {
  const keys: string[] = [];
  let cursor = '0';
  for (let calls = 1; ; calls++) {
    const answer = (await client.call('SCAN', cursor, ...options)) as [string, string[]];
    cursor = answer[0];
    keys.push(...answer[1]);
    if (cursor === '0') return { keys, calls };
    expect(BigInt(cursor) < 2n ** 63n).toBe(true);
    await between(calls);
  }
}

function direct({ host, port }: { host: string; port: number }): Redis {
  return new Redis({ host, port, lazyConnect: false });
}

/** Copies what has a slot below HALF from one server to another, as a migration would; the source keeps it. */
async function copyLowSlots(from: ServerProcess, to: ServerProcess): Promise<void> {
  const [source, target] = [direct(from), direct(to)];
  const all = await source.keys('*');
  const moved = all.filter((key) => keySlot(Buffer.from(key), 0, key.length) < HALF);
  for (const key of moved) await target.set(key, key);
  source.disconnect();
  target.disconnect();
}

/** The slots below HALF of all shards go to the shard at `index`. */
function giveLowSlots(topology: Topology, index: number): Topology['shards'] {
  return topology.shards.map((shard, i) => {
    const high = shard.slots === '' ? [] : parseSlots(shard.slots).filter(({ end }) => end >= HALF);
    const kept = high.map(({ start, end }) => ({ start: Math.max(start, HALF), end }));
    const own = i === index ? [{ start: 0, end: HALF - 1 }, ...kept] : kept;
    return { ...shard, slots: own.length === 0 ? '' : formatSlots(own) };
  });
}

describe('SCAN', () => {
  let under: ProxyUnderTest;
  let client: Redis;
  beforeEach(async () => {
    under = await startFilled([...KEYS, '{tag}1', '{tag}2', 'other{tag}3']);
    client = under.client();
    await client.lpush('list', 'a');
    return () => under[Symbol.asyncDispose]();
  });

  it('returns every key once while nothing changes, with any count', async () => {
    for (const count of ['1000', '77']) {
      const { keys } = await scanAll(client, ['COUNT', count]);
      expect(keys.sort()).toEqual([...KEYS, '{tag}1', '{tag}2', 'other{tag}3', 'list'].sort());
    }
  });

  it('obeys MATCH and TYPE, and asks one shard where the pattern has a literal tag', async () => {
    const matched = await scanAll(client, ['MATCH', 'key:1?', 'COUNT', '100']);
    expect(matched.keys.sort()).toEqual(KEYS.slice(10, 20));
    expect((await scanAll(client, ['TYPE', 'list', 'COUNT', '500'])).keys).toEqual(['list']);
    const tagged = await scanAll(client, ['MATCH', '{tag}*', 'COUNT', '10000']);
    expect([tagged.keys.sort(), tagged.calls]).toEqual([['{tag}1', '{tag}2'], 1]);
    const literal = await scanAll(client, ['match', 'key:7', 'COUNT', '10000']);
    expect([literal.keys, literal.calls]).toEqual([['key:7'], 1]);
  });

  it('hides what is reserved, and copies at shards that do not own them', async () => {
    for (const server of under.servers) {
      const redis = direct(server);
      await redis.mset('__keyfleet:stamp', '{}', 'key:1', 'copy');
      redis.disconnect();
    }
    const { keys } = await scanAll(client, ['COUNT', '100', 'MATCH', '*e*']);
    expect(keys.filter((key) => key === 'key:1')).toHaveLength(1);
    expect(keys.filter((key) => key.startsWith('__'))).toEqual([]);
  });

  it('answers as a server what is wrong', async () => {
    await using plainServer = await startRedis();
    const plain = direct(plainServer);
    for (const args of [['x'], ['0', 'COUNT'], ['0', 'COUNT', '0'], ['0', 'NOPE', '1'], ['1e3']]) {
      const [got, want] = await Promise.all(
        [client, plain].map((redis) =>
          redis.call('SCAN', ...args).catch((error: unknown) => String(error)),
        ),
      );
      expect(got).toBe(want);
    }
    plain.disconnect();
    // A cursor that nobody gave begins anew.
    expect(await client.call('SCAN', '123456789', 'COUNT', '10')).toHaveLength(2);
  });

  it('returns keys whose slots go back to a shard that it is done with', async () => {
    const { keys } = await scanAll(client, ['COUNT', '50'], async (call) => {
      if (call !== 25) return;
      for (const from of [1, 2]) await copyLowSlots(under.servers[from]!, under.servers[0]!);
      const { version } = under.publish((topology) => ({ shards: giveLowSlots(topology, 0) }));
      await eventually(() => Promise.resolve(under.configserver.acknowledged >= version));
    });
    expect(new Set(keys).size).toBe(KEYS.length + 4);
  });

  it('returns keys of a shard whose server dies in the middle, from the one that comes after it', async () => {
    await using next = await startRedis();
    // As a replica that has everything would be: another process, with another order of keys.
    const [source, target] = [direct(under.servers[1]!), direct(next)];
    for (const key of await source.keys('*')) await target.set(key, key);
    source.disconnect();
    target.disconnect();
    const runId = await runIdOf(next);
    const owned = under.publish(() => ({})).shards[1]!;
    let killed = false;
    const { keys } = await scanAll(client, ['COUNT', '50'], (call) => {
      // Some 14 calls are the first shard's.
      if (call !== 20) return Promise.resolve();
      killed = true;
      under.servers[1]!.pause();
      setImmediate(() => {
        void under.servers[1]!.kill();
        under.publish(({ shards }) => ({
          shards: shards.map((shard) =>
            shard.id === owned.id
              ? {
                  ...shard,
                  epoch: 2,
                  primary: { ...shard.primary!, host: next.host, port: next.port, runId },
                }
              : shard,
          ),
        }));
      });
      return Promise.resolve();
    });
    expect(killed).toBe(true);
    expect(new Set(keys).size).toBe(KEYS.length + 4);
  });
});
