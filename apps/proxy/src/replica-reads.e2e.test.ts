/** Reads from replicas of real servers: who answers them, and that no failure of a replica is an error to a client. */
import type { ServerProcess } from '@keyfleet/testkit';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import {
  startProxyUnderTest,
  type Options,
  type ProxyUnderTest,
} from './testing/proxy-under-test.ts';
import { RawClient } from './testing/raw-client.ts';

async function start(options: Options = {}): Promise<ProxyUnderTest> {
  const under = await startProxyUnderTest({
    shards: 1,
    replicas: 1,
    ...options,
    flags: { reads: 'replica', ...options.flags },
  });
  await eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);
  return under;
}

/** What the metrics say of a line that begins so; 0: nothing. */
async function metric({ proxy }: ProxyUnderTest, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${proxy.adminPort}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`keyfleet_proxy_${name}`));
  return Number(line?.split(' ').at(-1) ?? 0);
}

const readsAt = (under: ProxyUnderTest, node: string, role = 'replica'): Promise<number> =>
  metric(under, `reads_total{role="${role}",node="${node}"}`);

/** Says something to a server itself. */
async function direct<T>(server: ServerProcess, say: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({ host: server.host, port: server.port });
  try {
    return await say(redis);
  } finally {
    redis.disconnect();
  }
}

async function replicaOf(server: ServerProcess, ...primary: [string, string]): Promise<void> {
  await direct(server, (redis) => redis.call('REPLICAOF', ...primary));
}

/** The replica has its own values from here on: an answer tells who gave it. */
async function makeTellable(replica: ServerProcess, key: string): Promise<void> {
  await direct(replica, async (redis) => {
    await redis.config('SET', 'replica-read-only', 'no');
    await redis.set(key, 'replica');
  });
}

/** Until a replica has answered: the first reads find none that is asked, and go to the primary. */
async function untilReplicasRead(under: ProxyUnderTest, client: Redis): Promise<void> {
  const nodes = under.configserver.topology!.shards.flatMap(({ replicas }) =>
    replicas.filter(({ readable }) => readable).map(({ id }) => id),
  );
  await eventually(async () => {
    await Promise.all(nodes.map(() => client.get('warm')));
    const reads = await Promise.all(nodes.map((node) => readsAt(under, node)));
    return reads.every((count) => count > 0);
  });
}

describe('reads', () => {
  it('go to replicas, and what writes or names no key of its own to the primary', async () => {
    await using under = await start();
    const client = under.client();
    await client.set('k', 'primary');
    await untilReplicasRead(under, client);
    await makeTellable(under.replicas[0]![0]!, 'k');
    expect(await client.get('k')).toBe('replica');
    expect(await client.mget('k', 'k')).toEqual(['replica', 'replica']);
    expect(await client.touch('k')).toBe(1);
    expect(await client.eval('return redis.call("get", KEYS[1])', 1, 'k')).toBe('primary');
    expect(await client.multi().get('k').exec()).toEqual([[null, 'primary']]);
    expect(await client.getex('k')).toBe('primary');
  });

  it('go to the primary unless somebody asks otherwise, and are for replicas after READONLY', async () => {
    await using under = await start({ flags: { reads: 'primary' } });
    const client = await RawClient.connect({ port: under.proxy.port });
    await client.call('SET', 'k', 'primary');
    await makeTellable(under.replicas[0]![0]!, 'k');
    expect(await client.call('GET', 'k')).toBe('primary');
    await client.call('READONLY');
    await eventually(async () => (await client.call('GET', 'k')) === 'replica');
    expect(await client.call('CLIENT', 'INFO')).toMatch(/ flags=r /);
    await client.call('READWRITE');
    expect(await client.call('GET', 'k')).toBe('primary');
    expect(await client.call('CLIENT', 'INFO')).toMatch(/ flags=N /);
    await client.call('READONLY');
    expect(await client.call('GET', 'k')).toBe('replica');
    await client.call('RESET');
    expect(await client.call('GET', 'k')).toBe('primary');
    client.close();
  });

  it.each([
    ['replica', ['replica']],
    ['any', ['primary', 'replica']],
  ])('by %s are answered by %j', async (reads, roles) => {
    await using under = await start({ flags: { reads } });
    const client = under.client();
    await client.set('k', 'primary');
    await untilReplicasRead(under, client);
    await makeTellable(under.replicas[0]![0]!, 'k');
    // On a machine that is busy a replica may be late for a while.
    await eventually(async () => {
      const answers = new Set<string | null>();
      for (let i = 0; i < 50; i++) answers.add(await client.get('k'));
      return [...answers].toSorted().join() === roles.join();
    });
  });

  it('are spread over the replicas', async () => {
    await using under = await start({ replicas: 2 });
    const client = under.client();
    await untilReplicasRead(under, client);
    const before = await Promise.all([1, 2].map((at) => readsAt(under, `shard-0-${at}`)));
    for (let i = 0; i < 100; i++) await client.get('k');
    const after = await Promise.all([1, 2].map((at) => readsAt(under, `shard-0-${at}`)));
    expect(after.map((count, i) => count - before[i]!)).toEqual([50, 50]);
  });

  it('of keys in several shards are put together of replicas of each', async () => {
    await using under = await start({ shards: 3 });
    const client = under.client();
    const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
    await client.mset(Object.fromEntries(keys.map((key) => [key, key])));
    await eventually(async () => {
      await client.mget(...keys);
      const reads = await Promise.all([0, 1, 2].map((at) => readsAt(under, `shard-${at}-1`)));
      return reads.every((count) => count > 0);
    });
    await eventually(async () => (await client.exists(...keys)) === 30);
    expect(await client.mget(...keys)).toEqual(keys);
  });

  it('of a client that watches, or has its keys tracked, go to the primary', async () => {
    await using under = await start();
    const client = await RawClient.connect({ port: under.proxy.port });
    await client.call('SET', 'k', 'primary');
    await makeTellable(under.replicas[0]![0]!, 'k');
    await eventually(async () => (await client.call('GET', 'k')) === 'replica');
    await client.call('WATCH', 'k');
    expect(await client.call('GET', 'k')).toBe('primary');
    await client.call('UNWATCH');
    expect(await client.call('GET', 'k')).toBe('replica');
    await client.call('HELLO', '3');
    await client.call('CLIENT', 'TRACKING', 'ON');
    expect(await client.call('GET', 'k')).toBe('primary');
    client.close();
  });
});

describe('the order of one client', () => {
  it('is kept: what it wrote it reads, and it does not read what it writes later', async () => {
    await using under = await start();
    const client = under.client();
    await client.set('k', '0');
    await untilReplicasRead(under, client);
    for (let round = 1; round <= 100; round++) {
      const pipeline = client.pipeline();
      for (let i = 0; i < 10; i++)
        pipeline.set('k', `${round}.${i}`).get('k').get('other').get('k');
      const replies = (await pipeline.exec())!.map(([, reply]) => reply);
      const read = replies.filter((_, at) => at % 4 === 1 || at % 4 === 3);
      expect(read).toEqual(Array.from({ length: 20 }, (_, i) => `${round}.${Math.floor(i / 2)}`));
    }
  });

  it('lets a write wait for reads of its keys at a replica, and for no others', async () => {
    await using under = await start();
    const client = under.client();
    await client.set('k', 'old');
    await untilReplicasRead(under, client);
    under.replicas[0]![0]!.pause();
    const reads = client.get('k');
    const other = client.set('other', 'v');
    expect(await Promise.race([other, reads])).toBeDefined();
    const write = client.set('k', 'new');
    expect(await reads).toBe('old');
    expect([await other, await write]).toEqual(['OK', 'OK']);
    under.replicas[0]![0]!.resume();
  });

  it('outlives the reply within the window', async () => {
    await using under = await start({ flags: { 'read-your-writes-ms': '60000' } });
    const client = under.client();
    await untilReplicasRead(under, client);
    await makeTellable(under.replicas[0]![0]!, 'k');
    await makeTellable(under.replicas[0]![0]!, 'other');
    await client.set('k', 'primary');
    await client.eval('redis.call("set", KEYS[1], "script")', 1, '{s}');
    expect(await client.get('k')).toBe('primary');
    expect(await under.client().get('other')).toBe('replica');
  });
});

describe('a replica that fails is no error to anybody', () => {
  /** Clients that read and write, in pipelines, until `stop`; what they were told is in `errors`. */
  function load(under: ProxyUnderTest): { errors: Error[]; stop: () => Promise<number> } {
    const errors: Error[] = [];
    let isOver = false;
    let rounds = 0;
    const loops = Array.from({ length: 4 }, async (_, at) => {
      const client = under.client();
      while (!isOver && errors.length === 0) {
        const pipeline = client.pipeline();
        for (let i = 0; i < 10; i++) pipeline.get(`k${i}`).mget('a', 'b', `c${i}`);
        pipeline.set(`own${at}`, rounds).get(`own${at}`);
        for (const [error] of (await pipeline.exec())!) if (error) errors.push(error);
        rounds++;
      }
    });
    const stop = async (): Promise<number> => {
      isOver = true;
      await Promise.all(loops);
      return rounds;
    };
    return { errors, stop };
  }

  it.each<[string, (replica: ServerProcess) => void | Promise<void>]>([
    ['is killed', (replica) => replica.kill()],
    ['stands still', (replica) => replica.pause()],
    ['lost its data and loads', (replica) => replicaOf(replica, '127.0.0.1', '1')],
    ['is a primary', (replica) => replicaOf(replica, 'NO', 'ONE')],
  ])('because it %s', async (_, fail) => {
    // prettier-ignore
    await using under = await start({ replicas: 2, serverArgs: ['--replica-serve-stale-data', 'no'] });
    const client = under.client();
    await untilReplicasRead(under, client);
    const running = load(under);
    await fail(under.replicas[0]![0]!);
    // It is left in peace when what it owed is given up, while the other goes on.
    await eventually(async () => {
      const [failed, other] = [
        await readsAt(under, 'shard-0-1'),
        await readsAt(under, 'shard-0-2'),
      ];
      await eventually(async () => (await readsAt(under, 'shard-0-2')) > other + 500);
      return (await readsAt(under, 'shard-0-1')) === failed;
    });
    await running.stop();
    expect(running.errors).toEqual([]);
    if (under.replicas[0]![0]!.isRunning) under.replicas[0]![0]!.resume();
  });

  it('because it was taken out of the read topology, which is acknowledged when it owes nothing', async () => {
    await using under = await start({ replicas: 1 });
    const client = under.client();
    await untilReplicasRead(under, client);
    const running = load(under);
    await under.client().get('x');
    const { version } = under.publish(({ shards }) => ({
      shards: shards.map((shard) => ({
        ...shard,
        replicas: shard.replicas.map((replica) => ({ ...replica, readable: false })),
      })),
    }));
    await eventually(() => under.configserver.acknowledged === version);
    // Nobody asks it any more: its death is not felt.
    await under.replicas[0]![0]!.kill();
    const before = await metric(under, 'requests_total{command="get"}');
    await eventually(
      async () => (await metric(under, 'requests_total{command="get"}')) > before + 500,
    );
    await running.stop();
    expect(running.errors).toEqual([]);
    expect(await metric(under, 'reads_moved_on_total')).toBe(0);
  });

  it('not even of a read of several slots that it never answers', async () => {
    await using under = await start();
    const client = under.client();
    await client.mset('a', '1', 'b', '2');
    await untilReplicasRead(under, client);
    under.replicas[0]![0]!.pause();
    const read = client.mget('a', 'b');
    await under.replicas[0]![0]!.kill();
    expect(await read).toEqual(['1', '2']);
  });

  it('nor what it says when it cannot, or what the primary says of the same request', async () => {
    await using under = await start();
    const client = under.client();
    await client.lpush('list', 'v');
    // A replica that lacks it yet says null.
    expect(await client.wait(1, 10_000)).toBe(1);
    await untilReplicasRead(under, client);
    await expect(client.get('list')).rejects.toThrow(/^WRONGTYPE/);
  });
});

describe('a replica that lags', () => {
  it.each([
    ['reads-lag-bytes', '100'],
    ['reads-lag-ms', '1500'],
  ])('beyond %s is not read until it is up to date', async (bound, value) => {
    await using under = await start({ flags: { [bound]: value } });
    const client = under.client();
    await untilReplicasRead(under, client);
    // It stays linked, and applies nothing.
    const replica = under.replicas[0]![0]!;
    await direct(replica, (redis) => redis.call('CLIENT', 'PAUSE', '60000', 'WRITE'));
    await client.set('k', 'x'.repeat(1000));
    await eventually(async () => {
      await client.get('k');
      return (await metric(under, 'reads_kept_from_lagging_total')) > 0;
    });
    expect(await client.strlen('k')).toBe(1000);
    await direct(replica, (redis) => redis.call('CLIENT', 'UNPAUSE'));
    const before = await readsAt(under, 'shard-0-1');
    await eventually(async () => {
      await client.get('k');
      return (await readsAt(under, 'shard-0-1')) > before;
    });
  });
});

describe('a hold of all', () => {
  it('lets reads of replicas wait, too', async () => {
    await using under = await start();
    const client = under.client();
    await untilReplicasRead(under, client);
    const hold = { id: 'h', shard: 'shard-0', what: 'all', how: 'drain', drainMs: 1000 } as const;
    const { version } = under.publish(() => ({ holds: [hold] }));
    await eventually(() => under.configserver.acknowledged === version);
    const read = client.get('k');
    await eventually(async () => (await metric(under, 'parked_clients')) === 1);
    under.publish(() => ({ holds: [] }));
    expect(await read).toBeNull();
  });
});

it('a read that is late is sent to another server too, and the first answer counts', async () => {
  await using under = await start({ replicas: 2, flags: { 'hedge-ms': '20' } });
  const client = under.client();
  await client.set('k', 'v');
  await untilReplicasRead(under, client);
  for (let i = 0; i < 50; i++) await client.get('k');
  under.replicas[0]![0]!.pause();
  const reads = await Promise.all(Array.from({ length: 4 }, () => client.get('k')));
  expect(reads).toEqual(['v', 'v', 'v', 'v']);
  expect(await metric(under, 'hedges_won_total')).toBeGreaterThan(0);
  expect(await metric(under, 'reads_moved_on_total')).toBe(0);
  under.replicas[0]![0]!.resume();
  await eventually(async () => (await metric(under, 'in_flight')) === 0);
  expect(await client.get('k')).toBe('v');
});
