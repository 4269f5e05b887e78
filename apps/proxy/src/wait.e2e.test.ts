/** WAIT over shards that have replicas. */
import { startRedis, type ServerProcess } from '@keyfleet/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { startProxyUnderTest, type ProxyUnderTest } from './testing/proxy-under-test.ts';

let under: ProxyUnderTest;
let replicas: ServerProcess[];
let client: Redis;

beforeAll(async () => {
  under = await startProxyUnderTest();
  await eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);
  await Promise.all(under.servers.map((server) => atServer(server, (redis) => redis.config('SET', 'repl-diskless-sync-delay', '0')))); // prettier-ignore
  replicas = await Promise.all(
    under.servers.map(({ host, port }) => startRedis({ args: ['--replicaof', `${host} ${port}`] })),
  );
  client = under.client();
  const isOnline = async (server: ServerProcess): Promise<boolean> =>
    /^slave0:.*state=online/m.test(await atServer(server, (redis) => redis.info('replication')));
  for (const server of under.servers) await eventually(() => isOnline(server));
  expect(await client.info('replication')).toMatch(/^connected_slaves:1/m);
});
afterAll(async () => {
  await under[Symbol.asyncDispose]();
  await Promise.all(replicas.map((replica) => replica.stop()));
});

async function atServer<T>(
  { host, port }: ServerProcess,
  run: (redis: Redis) => Promise<T>,
): Promise<T> {
  const redis = new Redis({ host, port });
  try {
    return await run(redis);
  } finally {
    redis.disconnect();
  }
}

/** Clients that wait, as the proxy has them, or as the servers do. */
async function blocked(redis: Redis): Promise<number> {
  return Number(/^blocked_clients:(\d+)/m.exec(await redis.info('clients'))![1]);
}

async function blockedAtServers(which = [0, 1, 2]): Promise<number> {
  const counts = which.map((index) => atServer(under.servers[index]!, blocked));
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

describe('WAIT', () => {
  it('is answered with the least number of replicas that have what was written', async () => {
    for (const key of ['a', 'b', 'c', 'd']) await client.set(key, '1');
    expect(await client.wait(1, 5000)).toBe(1);
    replicas[2]!.pause();
    for (const key of ['a', 'b', 'c', 'd']) await client.set(key, '2');
    expect(await client.wait(1, 300)).toBe(0);
    replicas[2]!.resume();
    expect(await client.wait(1, 5000)).toBe(1);
  });

  it('keeps its place in a pipeline', async () => {
    const replies = await client.pipeline().set('a', '3').wait(1, 5000).get('a').exec();
    expect(replies!.map(([, reply]) => reply)).toEqual(['OK', 1, '3']);
  });

  it('refuses what a server refuses', async () => {
    await using plainServer = await startRedis();
    const plain = new Redis({ host: plainServer.host, port: plainServer.port });
    for (const args of [['x', '1'], ['1', 'x'], ['1', '-1'], ['1']]) {
      const [got, want] = await Promise.all(
        [client, plain].map((redis) => redis.call('WAIT', ...args).catch(String)),
      );
      expect(got).toBe(want);
    }
    plain.disconnect();
  });

  it('holds nobody else up, and ends when its client leaves', async () => {
    const waiting = under.client();
    await client.set('a', '3');
    const reply = waiting.wait(9, 0).catch(() => 'left');
    await eventually(async () => (await blockedAtServers()) === 3);
    expect(await blocked(client)).toBe(1);
    expect(await client.get('a')).toBe('3');
    waiting.disconnect();
    expect(await reply).toBe('left');
    await eventually(async () => (await blockedAtServers()) === 0);
    expect(await blocked(client)).toBe(0);
  });

  it('shows itself in CLIENT LIST, and ends by CLIENT UNBLOCK', async () => {
    await client.set('a', '3');
    for (const [reason, want] of [
      [[], 1],
      [['TIMEOUT'], 1],
      [['ERROR'], 'ReplyError: UNBLOCKED client unblocked via CLIENT UNBLOCK'],
    ] as const) {
      const waiting = under.client();
      const id = await waiting.client('ID');
      const reply = waiting.wait(9, 0).catch(String);
      await eventually(async () => (await blockedAtServers()) === 3);
      // Now each shard's replica has told that it has what the first one waits for.
      expect(await client.wait(1, 5000)).toBe(1);
      expect(await client.client('LIST')).toMatch(new RegExp(`^id=${id} .* flags=b `, 'm'));
      expect(await client.call('CLIENT', 'UNBLOCK', id, ...reason)).toBe(1);
      expect(await reply).toBe(want);
      expect(await waiting.get('a')).toBe('3');
    }
    expect([await blocked(client), await blockedAtServers()]).toEqual([0, 0]);
  });

  it('ends with an error when a server dies under it', async () => {
    const reply = under.client().wait(9, 0).catch(String);
    await eventually(async () => (await blockedAtServers()) === 3);
    await under.servers[1]!.kill();
    expect(await reply).toMatch(/CLUSTERDOWN WAIT failed on 1 of 3 shards \(shard-1: /);
    await eventually(async () => (await blockedAtServers([0, 2])) === 0);
  });
});
