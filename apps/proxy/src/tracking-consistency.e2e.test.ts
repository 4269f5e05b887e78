/**
 * Caches of clients that track keys beside writers of all kinds, while slots move and servers die: when all is quiet, no
 * cache has a value that is not the server's. Each run is a seed.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Reply } from '@keyfleet/resp';
import { keySlot } from '@keyfleet/slots';
import { slotOwners } from '@keyfleet/topology';
import { Redis } from 'ioredis';
import { afterEach, expect, it } from 'vitest';
import { CachingClient, listenFor } from './testing/caching-client.ts';
import { eventually } from './testing/eventually.ts';
import { runIdOf, startProxyUnderTest, type ProxyUnderTest } from './testing/proxy-under-test.ts';
import { randomFrom } from './testing/sim-network.ts';

const KEYS = Array.from({ length: 60 }, (_, i) => `k${i}`);
/** More with SEEDS in the environment. */
const SEEDS = Number(process.env['SEEDS'] ?? 4);
const ROUNDS = 6;
const STEPS = 120;

let under: ProxyUnderTest;
afterEach(() => under[Symbol.asyncDispose]());

async function start(trackingBytesMax: number): Promise<void> {
  under = await startProxyUnderTest({ flags: { 'tracking-bytes-max': String(trackingBytesMax) } });
  await eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);
}

function chooser(seed: number) {
  const below = randomFrom(seed);
  const oneOf = <T>(items: readonly T[]): T => items[below(items.length)]!;
  return { below, oneOf };
}
type Chooser = ReturnType<typeof chooser>;

async function cachingClients(): Promise<CachingClient[]> {
  const { port } = under.proxy;
  const tracking = async (version: string, ...options: string[]): Promise<CachingClient> => {
    const client = new CachingClient(port);
    await client.call('HELLO', version);
    expect(await client.call('CLIENT', 'TRACKING', 'ON', ...options)).toMatchObject({ text: 'OK' });
    return client;
  };
  const redirected = async (...options: string[]): Promise<CachingClient> => {
    const client = new CachingClient(port);
    const { id } = await listenFor(port, client);
    await client.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, ...options);
    return client;
  };
  return Promise.all([
    tracking('3'),
    tracking('3'),
    tracking('3', 'NOLOOP'),
    tracking('3', 'BCAST'),
    tracking('3', 'BCAST', 'PREFIX', 'k', 'NOLOOP'),
    redirected(),
    redirected('BCAST'),
  ]);
}

/** Some pipelined requests, as a client with a cache has them: it asks for what it does not know. */
function useCache(client: CachingClient, { below, oneOf }: Chooser): void {
  for (let left = 1 + below(4); left > 0; left--) {
    const [key, other] = [oneOf(KEYS), oneOf(KEYS)];
    switch (below(8)) {
      case 0:
        client.write(['SET', key, `own ${below(1e9)}`], [key]);
        break;
      case 1:
        client.read(['MGET', key, other], [key, other], (reply) => reply as Reply[]);
        break;
      case 2:
        transact(client, key);
        break;
      default:
        if (!client.cache.has(key))
          client.read(['GETRANGE', key, '0', '-1'], [key], (reply) => [reply]);
    }
  }
}

function transact(client: CachingClient, key: string): void {
  void client.call('MULTI');
  void client.call('GET', key);
  client.read(['EXEC'], [key], (reply) => reply as Reply[]);
}

/** Through the proxy, and behind its back. */
function write(proxied: Redis, direct: readonly Redis[], { below, oneOf }: Chooser): void {
  const [key, other] = [oneOf(KEYS), oneOf(KEYS)];
  const value = String(below(1e9));
  const ignored = (): undefined => undefined;
  const writer = below(2) === 0 ? proxied : oneOf(direct);
  switch (below(12)) {
    case 0:
      writer.del(key).catch(ignored);
      break;
    case 1:
      proxied.mset(key, value, other, value).catch(ignored);
      break;
    case 2:
      writer.psetex(key, 1 + below(20), value).catch(ignored);
      break;
    case 3:
      if (below(20) === 0) oneOf(direct).flushall().catch(ignored);
      break;
    default:
      writer.set(key, value).catch(ignored);
  }
}

const disturbances: Record<string, (chooser: Chooser) => Promise<void>> = {
  nothing: () => Promise.resolve(),
  'slots move': ({ below }) => {
    const at = Array.from({ length: 2 }, () => below(16_384)).sort((a, b) => a - b);
    const ranges = [`0-${at[0]}`, `${at[0]! + 1}-${at[1]! + 1}`, `${at[1]! + 2}-16383`];
    const first = below(3);
    under.publish(({ shards }) => ({
      shards: shards.map((shard, i) => ({ ...shard, slots: ranges[(i + first) % 3]! })),
    }));
    return Promise.resolve();
  },
  'connections are lost': async ({ oneOf }) => {
    const { host, port } = oneOf(under.servers);
    const direct = new Redis({ host, port });
    await direct.call('CLIENT', 'KILL', 'TYPE', 'normal');
    direct.disconnect();
  },
  'a server dies': async ({ below }) => {
    const index = below(under.servers.length);
    await under.servers[index]!.kill();
    await under.servers[index]!.restart();
    const runId = await runIdOf(under.servers[index]!);
    under.publish(({ shards }) => ({
      shards: shards.map((shard, i) =>
        i === index
          ? { ...shard, epoch: shard.epoch + 1, primary: { ...shard.primary!, runId } }
          : shard,
      ),
    }));
  },
};

async function valueOf(key: string, direct: readonly Redis[]): Promise<string> {
  const owner = slotOwners(under.configserver.topology!)[keySlot(Buffer.from(key), 0, key.length)]!;
  return (await direct[owner]!.get(key)) ?? '';
}

/** What caches know that is not so, now. */
async function stale(
  clients: readonly CachingClient[],
  direct: readonly Redis[],
): Promise<string[]> {
  const values = new Map<string, string>();
  for (const key of KEYS) values.set(key, await valueOf(key, direct));
  return clients.flatMap(({ cache }, index) =>
    [...cache]
      .map(([key, value]) => ({ key, value: (value ?? '') as string }))
      .filter(({ key, value }) => value !== values.get(key))
      .map(({ key, value }) => `client ${index}: ${key} is ${value}, not ${values.get(key)}`),
  );
}

type Players = {
  readonly clients: readonly CachingClient[];
  readonly proxied: Redis;
  readonly direct: readonly Redis[];
};

async function play(
  { clients, proxied, direct }: Players,
  choose: Chooser,
  what: string,
): Promise<void> {
  let disturbed: Promise<void> | undefined;
  for (let step = 0; step < STEPS; step++) {
    if (step === STEPS / 2) disturbed = disturbances[what]!(choose);
    useCache(choose.oneOf(clients), choose);
    write(proxied, direct, choose);
    // Whoever is ready goes on: the order of things is not ours.
    if (choose.below(3) === 0) await delay(choose.below(3));
  }
  await disturbed;
  for (const client of clients) fill(client, KEYS.slice(0, KEYS.length / 2));
  await eventually(() => clients.every(({ pendingCount }) => pendingCount === 0));
}

function fill(client: CachingClient, keys: readonly string[]): void {
  for (const key of keys) {
    if (client.cache.has(key)) continue;
    client.read(['MGET', key], [key], (reply) => reply as Reply[]);
  }
}

const seeds = Array.from({ length: SEEDS }, (_, i) => i + 1);
it.each(seeds)(
  'no cache is stale when all is quiet, seed %d',
  { timeout: 120_000 },
  async (seed) => {
    // With room for all keys, or for some.
    await start(seed % 2 === 0 ? 8000 : 1_000_000);
    const choose = chooser(seed);
    const clients = await cachingClients();
    const direct = under.servers.map(({ host, port }) => new Redis({ host, port }));
    for (const one of direct) one.on('error', () => undefined);
    let compared = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const what = round === 0 ? 'nothing' : choose.oneOf(Object.keys(disturbances));
      await play({ clients, proxied: under.client(), direct }, choose, what);
      await expect
        .poll(() => stale(clients, direct), { timeout: 10_000, message: what })
        .toEqual([]);
      expect(clients.filter(({ isClosed }) => isClosed)).toEqual([]);
      compared += clients.reduce((sum, { cache }) => sum + cache.size, 0);
    }
    expect(compared).toBeGreaterThan(300);
    expect(clients.every(({ invalidations }) => invalidations > 10)).toBe(true);
    for (const client of clients) client.close();
    for (const one of direct) one.disconnect();
  },
);
