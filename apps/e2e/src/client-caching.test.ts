/** Caches that client libraries keep by themselves (CLIENT TRACKING), over three shards. */
import { BasicClientSideCache, createClient } from 'redis';
import { beforeEach, expect, it } from 'vitest';
import { usePlatform } from './platform.ts';
import { RawClient } from './raw-client.ts';
import { FOREIGN_TIMEOUT_MS, redisPyCaching } from './tours/foreign.ts';

const platform = usePlatform();
const RECOVERY = { timeout: 20_000, interval: 100 };
const KEYS = Array.from({ length: 100 }, (_, i) => `cached:${i}`);
const LOST = 'shard-1';
/** The oldest that redis-py caches for. */
const REDIS_PY_WANTS = [7, 4] as const;

beforeEach(async () => {
  using raw = await RawClient.connect(platform.current);
  expect(await raw.call('FLUSHALL')).toEqual({ type: 'status', text: 'OK' });
});

async function nodeRedis(clientSideCache?: BasicClientSideCache) {
  const socket = { host: platform.current.host, port: platform.current.port };
  const cached = clientSideCache === undefined ? {} : { clientSideCache };
  const client = createClient({ socket, RESP: 3, ...cached });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** A client that caches, another that writes, and how often the first was answered by its cache. */
async function reader() {
  const cache = new BasicClientSideCache({ ttl: 0, maxEntries: 0, recordStats: true });
  const [client, writer] = await Promise.all([nodeRedis(cache), nodeRedis()]);
  return {
    cache,
    hits: () => cache.stats().hitCount,
    read: () => Promise.all(KEYS.map((key) => client.get(key))),
    write: (value: string | null) => Promise.all(KEYS.map((key) => value === null ? writer.del(key) : writer.set(key, value))),
    [Symbol.dispose]: () => {
      client.destroy();
      writer.destroy();
    },
  };
} // prettier-ignore

const all = (value: string | null): (string | null)[] => KEYS.map(() => value);

it('node-redis reads from its cache until a key is written', async () => {
  using client = await reader();
  for (const value of ['first', null, 'second']) {
    await client.write(value);
    await expect.poll(client.read).toEqual(all(value));
    const before = client.hits();
    expect(await client.read()).toEqual(all(value));
    expect(client.hits() - before).toBe(KEYS.length);
  }
  // While others write at the same time, what it keeps is the last in the end.
  for (let round = 0; round < 10; round++)
    await Promise.all([client.write(`round ${round}`), client.read(), client.read()]);
  await expect.poll(client.read).toEqual(all('round 9'));
  using raw = await RawClient.connect(platform.current);
  await raw.call('FLUSHALL');
  await expect.poll(client.read).toEqual(all(null));
});

it('node-redis forgets what a lost primary had', { timeout: 60_000 }, async () => {
  using client = await reader();
  await client.write('before');
  await expect.poll(client.read).toEqual(all('before'));
  process.kill((await platform.current.shard(LOST)).primary!.pid!, 'SIGKILL');
  await expect.poll(() => client.cache.size()).toBeLessThan(KEYS.length);
  const isBack = (): Promise<boolean> =>
    client.write('behind').then(
      () => true,
      () => false,
    );
  await expect.poll(isBack, RECOVERY).toBe(true);
  await expect.poll(client.read, RECOVERY).toEqual(all('behind'));
  // It is told of changes at the server's next life, too.
  const before = client.hits();
  expect(await client.read()).toEqual(all('behind'));
  expect(client.hits() - before).toBe(KEYS.length);
  await client.write('last');
  await expect.poll(client.read).toEqual(all('last'));
});

it('redis-py reads what was written', { timeout: FOREIGN_TIMEOUT_MS }, async ({ skip }) => {
  const version = await serverVersion();
  const [major, minor] = version.split('.').map(Number) as [number, number];
  const isOld = major < REDIS_PY_WANTS[0] || (major === REDIS_PY_WANTS[0] && minor < REDIS_PY_WANTS[1]); // prettier-ignore
  if (isOld) skip(`redis-py does not cache for servers of version ${version}`);
  const fetched = await redisPyCaching.fetch();
  if (!fetched.ok) skip(`redis-py cannot be had here: ${fetched.because}`);
  const { exitCode, output } = await redisPyCaching.run(platform.current, 3);
  expect({ exitCode, output }).toEqual({ exitCode: 0, output: 'done\n' });
});

async function serverVersion(): Promise<string> {
  using raw = await RawClient.connect(platform.current);
  const hello = (await raw.call('HELLO', '3')) as Map<string, string>;
  return hello.get('version')!;
}
