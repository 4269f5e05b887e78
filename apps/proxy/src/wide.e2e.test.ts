/** Commands over all shards, over real servers, beside a plain server that gets the same commands. */
import { startRedis, type ServerProcess } from '@keyfleet/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { runIdOf, startProxyUnderTest, type ProxyUnderTest } from './testing/proxy-under-test.ts';

const STAMP = '__keyfleet:stamp';

let under: ProxyUnderTest;
let plainServer: ServerProcess;
let plain: Redis;
let client: Redis;
/** One for each shard. */
let behind: Redis[];

beforeAll(async () => {
  [under, plainServer] = await Promise.all([startProxyUnderTest(), startRedis()]);
  await eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);
  plain = new Redis({ host: plainServer.host, port: plainServer.port });
  client = under.client();
  behind = under.servers.map(({ host, port }) => new Redis({ host, port }));
});
afterAll(async () => {
  for (const redis of [plain, ...behind]) redis.disconnect();
  await Promise.all([under[Symbol.asyncDispose](), plainServer.stop()]);
});
beforeEach(async () => {
  await Promise.all([plain.flushall(), client.flushall()]);
  // As the configserver's leader does it.
  await Promise.all(behind.map((redis) => redis.set(STAMP, '{}')));
});

/** What a command is answered: an error as its text. */
async function said(redis: Redis, [name, ...args]: string[]): Promise<unknown> {
  try {
    return await redis.call(name!, ...args);
  } catch (error) {
    return (error as Error).message;
  }
}

/** What INFO counts of errors, and of the commands that a script may have called. */
async function errorCounts(redis: Redis): Promise<string[]> {
  const lines = (await redis.info('everything')).split('\r\n');
  const counts = /^(errorstat_|total_error_replies|cmdstat_(eval|eval_ro|select|set|geoadd):)/;
  return lines
    .filter((line) => counts.test(line))
    .map((line) => line.replace(/usec=.*,rejected/, 'rejected'))
    .sort();
}

async function fill(redis: Redis, count: number): Promise<void> {
  const pipeline = redis.pipeline();
  for (let i = 0; i < count; i++) pipeline.set(`key:${i}`, i);
  await pipeline.exec();
}

describe('the keyspace', () => {
  it('KEYS and DBSIZE know every key once, and no reserved one', async () => {
    await Promise.all([fill(client, 300), fill(plain, 300)]);
    for (const pattern of ['*', 'key:1?', 'key:7', 'none', '__keyfleet*']) {
      const [got, want] = await Promise.all([client.keys(pattern), plain.keys(pattern)]);
      expect(got.sort()).toEqual(want.sort());
    }
    expect(await client.dbsize()).toBe(300);
    await client.select(5);
    expect([await client.dbsize(), await client.keys('*')]).toEqual([0, []]);
    await client.select(0);
  });

  it('KEYS shows a key at the shard that owns its slot only', async () => {
    await client.set('one', '1');
    await Promise.all(behind.map((redis) => redis.set('one', 'copy')));
    expect(await client.keys('*')).toEqual(['one']);
    expect(await client.randomkey()).toBe('one');
  });

  it('RANDOMKEY finds keys of all shards, and null where there are none', async () => {
    expect(await client.randomkey()).toBeNull();
    await fill(client, 30);
    const found = new Set<string | null>();
    for (let i = 0; i < 300; i++) found.add(await client.randomkey());
    expect(found.size).toBeGreaterThan(20);
    expect([...found].every((key) => /^key:\d+$/.test(key ?? ''))).toBe(true);
  });

  it('FLUSHDB and FLUSHALL flush what they name, and spare what is reserved', async () => {
    await fill(client, 50);
    await client.select(3);
    await fill(client, 40);
    expect(await client.flushdb()).toBe('OK');
    expect(await client.dbsize()).toBe(0);
    await fill(client, 40);
    await client.select(0);
    expect(await client.dbsize()).toBe(50);
    expect(await client.flushdb('ASYNC')).toBe('OK');
    expect(await client.dbsize()).toBe(0);
    await client.select(3);
    expect(await client.dbsize()).toBe(40);
    expect(await client.flushall()).toBe('OK');
    expect(await client.dbsize()).toBe(0);
    await client.select(0);
    expect(await Promise.all(behind.map((redis) => redis.get(STAMP)))).toEqual(['{}', '{}', '{}']);
  });

  it('keeps its order with the client’s other commands in a pipeline', async () => {
    const pipeline = client.pipeline();
    for (let i = 0; i < 20; i++) pipeline.set(`a:${i}`, i).dbsize().flushall().dbsize();
    const replies = (await pipeline.exec())!.map(([, reply]) => reply);
    expect(replies).toEqual(Array.from({ length: 20 }, () => ['OK', 1, 'OK', 0]).flat());
  });
});

describe('the same replies as of one server', () => {
  it.each([
    [['FLUSHALL', 'NOW']],
    [['FLUSHDB', 'ASYNC', 'SYNC']],
    [['SCRIPT', 'LOAD', 'return 1']],
    [['SCRIPT', 'LOAD', 'return +']],
    [['SCRIPT', 'EXISTS', 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db', 'nope']],
    [['SCRIPT', 'FLUSH', 'NOW']],
    [['SCRIPT', 'FLUSH']],
    [['SCRIPT', 'HELP']],
    [['FUNCTION', 'DELETE', 'none']],
    [['FUNCTION', 'LOAD', '#!lua name=l\nredis.register_function("f", function() return 1 end)']],
    [['FUNCTION', 'LOAD', '#!lua name=l\nredis.register_function("f", function() return 1 end)']],
    [['FUNCTION', 'LIST', 'WITHCODE']],
    [['FUNCTION', 'STATS']],
    [['FUNCTION', 'DELETE', 'l']],
    [['FUNCTION', 'FLUSH']],
    [['CONFIG', 'SET', 'slowlog-max-len', '77', 'hz', '11']],
    [['CONFIG', 'GET', 'slowlog-max-len']],
    [['CONFIG', 'SET', 'nonsense', '1']],
    [['CONFIG', 'SET', 'hz', 'abc']],
    [['CONFIG', 'SET', 'hz', '12', 'hz']],
    [['CONFIG', 'SET', 'daemonize', 'yes']],
    [['CONFIG', 'SET', 'logfile', 'x']],
    [['CONFIG', 'SET', 'hz', '12', 'hz', '13']],
    [['CONFIG', 'SET', 'maxmemory', '10000001', 'maxmemory', '10000002']],
    [['CONFIG', 'RESETSTAT']],
    [['SLOWLOG', 'RESET']],
    [['SLOWLOG', 'LEN']],
    [['SLOWLOG', 'GET', '-5']],
    [['SLOWLOG', 'GET', 'x']],
    [['LATENCY', 'RESET']],
    [['LATENCY', 'LATEST']],
    [['LATENCY', 'HISTORY', 'command']],
    [['MEMORY', 'PURGE']],
    [['MEMORY', 'USAGE', 'none']],
    [['OBJECT', 'HELP']],
    [['ACL', 'WHOAMI']],
    [['ACL', 'USERS']],
    [['ACL', 'LIST']],
    [['ACL', 'GETUSER', 'default']],
    [['ACL', 'GETUSER', 'nobody']],
    [['ACL', 'LOG']],
    [['ACL', 'LOG', '1e2']],
    [['ACL', 'LOG', '0', '0']],
    [['ROLE']],
    [['DEBUG', 'SLEEP', '0']],
    [['MODULE', 'LIST']],
  ])('%j', async (command) => {
    const want = await said(plain, command);
    expect(await said(client, command)).toEqual(want);
  });

  it('also over RESP3', async () => {
    for (const redis of [client, plain]) await redis.call('HELLO', '3');
    const commands = [['FUNCTION', 'STATS'], ['CONFIG', 'GET', 'hz'], ['ACL', 'GETUSER', 'default'], ['LATENCY', 'HISTOGRAM', 'none']]; // prettier-ignore
    for (const command of commands)
      expect(await said(client, command)).toEqual(await said(plain, command));
    for (const redis of [client, plain]) await redis.call('HELLO', '2');
  });
});

describe('what one server answers for all, or its oldest for all', () => {
  it('TIME, LASTSAVE, LOLWUT, DOCTOR', async () => {
    const seconds = Date.now() / 1000;
    expect(Number((await client.time())[0])).toBeCloseTo(seconds, -2);
    expect(await client.lastsave()).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000));
    expect(await client.call('LOLWUT')).toMatch(/Redis ver/);
    expect(await client.call('MEMORY', 'DOCTOR')).toMatch(/memory/);
    expect(await client.call('LATENCY', 'DOCTOR')).toMatch(/latency/);
  });
});

describe('a flush that servers refuse', () => {
  it('is refused in their words, and flushes nothing', async () => {
    const all = [...behind, plain];
    await fill(client, 10);
    await Promise.all(all.map((redis) => redis.config('SET', 'min-replicas-to-write', '1')));
    const [got, want] = await Promise.all(
      [client, plain].map((redis) => said(redis, ['FLUSHALL'])),
    );
    await Promise.all(all.map((redis) => redis.config('SET', 'min-replicas-to-write', '0')));
    expect(got).toBe(want);
    expect(await client.dbsize()).toBe(10);
  });

  it('is carried out where memory is full', async () => {
    await fill(client, 10);
    await Promise.all(behind.map((redis) => redis.config('SET', 'maxmemory', '1')));
    const flushed = await said(client, ['FLUSHALL']);
    await Promise.all(behind.map((redis) => redis.config('SET', 'maxmemory', '0')));
    expect([flushed, await client.dbsize()]).toEqual(['OK', 0]);
  });
});

describe('what the platform owns', () => {
  it.each(['dir', 'replicaof', 'requirepass', 'port', 'appendonly', 'min-replicas-to-write'])(
    'CONFIG SET %s is refused, and nothing of the command is done',
    async (name) => {
      const [before] = await Promise.all(behind.map((redis) => redis.config('GET', 'hz')));
      await expect(client.call('CONFIG', 'SET', 'hz', '33', name, '1')).rejects.toThrow(
        `ERR CONFIG SET failed (possibly related to argument '${name}') - can't set protected config`,
      );
      expect(await client.config('GET', 'hz')).toEqual(before);
    },
  );

  it('CONFIG SET of what is set already is no change, and the rest is done', async () => {
    expect(await client.call('CONFIG', 'SET', 'save', '', 'hz', '21', 'Databases', '16')).toBe(
      'OK',
    );
    for (const redis of behind) expect(await redis.config('GET', 'hz')).toEqual(['hz', '21']);
    expect(await client.config('SET', 'save', '')).toBe('OK');
    await expect(client.config('SET', 'save', '60 1')).rejects.toThrow(
      "can't set protected config",
    );
  });

  it('CONFIG GET tells of the proxy what is the proxy’s, and no secret', async () => {
    const names = ['port', 'databases', 'requirepass', 'maxclients'];
    const told = (await client.call('CONFIG', 'GET', ...names)) as string[];
    const config = Object.fromEntries(told.flatMap((it, i) => (i % 2 ? [] : [[it, told[i + 1]]])));
    expect(config).toEqual({ port: '0', databases: '16', requirepass: '', maxclients: '10000' });
  });
});

describe('logs of all servers', () => {
  it('SLOWLOG GET has the newest of all shards first', async () => {
    await client.config('SET', 'slowlog-log-slower-than', '0');
    await fill(client, 30);
    await client.config('SET', 'slowlog-log-slower-than', '10000');
    const length = (await client.call('SLOWLOG', 'LEN')) as number;
    expect(length).toBeGreaterThan(30);
    const all = (await client.call('SLOWLOG', 'GET', '-1')) as [number, number, number, string[]][];
    expect(all).toHaveLength(length);
    expect(all.map((entry) => entry[1])).toEqual(
      all.map((entry) => entry[1]).sort((a, b) => b - a),
    );
    const sets = all.filter((entry) => entry[3][0] === 'set').map((entry) => entry[3][1]);
    expect(new Set(sets).size).toBe(30);
    expect(await client.call('SLOWLOG', 'GET')).toHaveLength(10);
    await client.call('SLOWLOG', 'RESET');
  });

  it('LATENCY HISTOGRAM and MEMORY STATS add up', async () => {
    await client.config('RESETSTAT');
    await fill(client, 60);
    const [name, histogram] = (await client.call('LATENCY', 'HISTOGRAM', 'set')) as [
      string,
      unknown[],
    ];
    expect([name, histogram[1]]).toEqual(['set', 60]);
    expect((histogram[3] as number[]).at(-1)).toBe(60);
    const stats = (await client.call('MEMORY', 'STATS')) as unknown[];
    expect(stats[stats.indexOf('keys.count') + 1]).toBe(63);
  });
});

describe('INFO', () => {
  it('has the sections and fields of a server, less what is one server’s own', async () => {
    const fields = (text: string): string[] =>
      text.split('\r\n').map((line) => (line.startsWith('#') ? line : line.split(':')[0]!));
    const ofServer = /^(executable|config_file|cmdstat_|latency_percentiles|errorstat_)/;
    for (const sections of [[], ['everything'], ['server', 'keyspace'], ['nonsense']]) {
      const [got, want] = await Promise.all([client.info(...sections), plain.info(...sections)]);
      const missing = fields(want).filter(
        (field) => !fields(got).includes(field) && !ofServer.test(field),
      );
      expect(missing).toEqual([]);
    }
    expect(await client.info('nonsense')).toBe('');
  });

  it('adds up what the shards have, less what is reserved', async () => {
    await client.config('RESETSTAT');
    await fill(client, 60);
    await client.set('passing', '1', 'EX', '1000');
    const info = await client.info('everything');
    expect(info).toMatch(/^db0:keys=61,expires=1,/m);
    expect(info).toMatch(/^cmdstat_set:calls=61,/m);
    expect(info).toContain('\r\nrole:master\r\n');
    expect(info).toContain('\r\nshards_answered:3\r\n');
    await client.flushall();
    expect(await client.info('keyspace')).toBe('# Keyspace\r\n');
  });

  /** Redis' suite asks the same (`Consistent eval error reporting`), but sets maxmemory through the client. */
  it.each([
    ['EVAL', "return redis.call('select', 99)", '0'],
    ['EVAL', "return redis.pcall('select', 99)['err']", '0'],
    ['EVAL_RO', "return redis.call('set', KEYS[1], 'y')", '1', 'x'],
    ['EVAL_RO', "return redis.pcall('set', KEYS[1], 'y')['err']", '1', 'x'],
    ['EVAL', "redis.call('set', KEYS[1], 1) return redis.call('geoadd', KEYS[1], 13, 38, 'm')", '1', 'x'],
    ['EVAL', "return redis.error_reply('MY_CODE text')", '0'],
    ['EVAL', 'not lua', '0'],
    ['EVAL', "return redis.call('set', KEYS[1], 'y')", '1', 'x', 'out of memory'],
    ['EVAL', "return redis.pcall('set', KEYS[1], 'y')['err']", '1', 'x', 'out of memory'],
    ['EVAL', "return redis.pcall('set', KEYS[1], 'y')", '1', 'x', 'out of memory'],
  ])('counts errors of scripts as one server does: %s %s', async (...command) => {
    const maxmemory = command.includes('out of memory') ? 1 : 0;
    const bounded = [plain, ...behind];
    for (const redis of bounded) await redis.config('SET', 'maxmemory', maxmemory);
    for (const redis of [plain, client]) await redis.config('RESETSTAT');
    expect(await said(client, command)).toEqual(await said(plain, command));
    expect(await errorCounts(client)).toEqual(await errorCounts(plain));
    for (const redis of bounded) await redis.config('SET', 'maxmemory', 0);
  }); // prettier-ignore

  it('of many clients at once is asked for a few times only', async () => {
    await client.config('RESETSTAT');
    const all = await Promise.all(Array.from({ length: 100 }, () => client.info('server')));
    expect(new Set(all.map((text) => /redis_version:(.*)/.exec(text)![1])).size).toBe(1);
    const told = await Promise.all(Array.from({ length: 50 }, () => under.client().info('server')));
    expect(told).toHaveLength(50);
  });
});

describe('a shard that dies', () => {
  it('makes a broadcast fail with an error that names it; the others did what they were told', async () => {
    await using dying = await startProxyUnderTest({ flags: { 'hold-queue-ms': '300' } });
    await eventually(async () => ((await dying.admin('/readyz')) as { ready: boolean }).ready);
    const redis = dying.client();
    await fill(redis, 100);
    // It takes the request, and never answers.
    dying.servers[1]!.pause();
    const flushed = said(redis, ['FLUSHALL']);
    const counted = said(dying.client(), ['DBSIZE']);
    await eventually(async () => (await others(dying, 1)).every((size) => size === 0));
    // Who connects does not wait for it.
    expect(await said(dying.client(), ['INFO'])).toMatch(/shards:3\r\nshards_answered:2\r\n/);
    await dying.servers[1]!.kill();
    expect(await flushed).toMatch(
      /^UNCERTAIN FLUSHALL failed on 1 of 3 shards \(shard-1: UNCERTAIN /,
    );
    expect(await counted).toMatch(/^CLUSTERDOWN DBSIZE failed on 1 of 3 shards \(shard-1: C/);
    expect(await said(redis, ['TIME'])).toHaveLength(2);
    expect(await said(redis, ['INFO'])).toMatch(/shards:3\r\nshards_answered:2\r\n/);
  });

  it('that comes back lets reads over all shards end as if nothing had happened', async () => {
    await using dying = await startProxyUnderTest();
    await eventually(async () => ((await dying.admin('/readyz')) as { ready: boolean }).ready);
    const redis = dying.client();
    await fill(redis, 100);
    dying.servers[1]!.pause();
    const keys = redis.keys('*');
    await using next = await startRedis();
    const runId = await runIdOf(next);
    await dying.servers[1]!.kill();
    dying.publish(({ shards }) => ({
      shards: shards.map((shard, i) =>
        i === 1
          ? {
              ...shard,
              epoch: 2,
              primary: { ...shard.primary!, host: next.host, port: next.port, runId },
            }
          : shard,
      ),
    }));
    const left = (await keys).length;
    expect(left).toBe((await others(dying, 1)).reduce((sum, size) => sum + size, 0));
    expect(left).toBeLessThan(100);
  });
});

/** How many keys each other server has. */
async function others({ servers }: ProxyUnderTest, except: number): Promise<number[]> {
  return Promise.all(
    servers
      .filter((_, i) => i !== except)
      .map(async ({ host, port }) => {
        const redis = new Redis({ host, port });
        try {
          return await redis.dbsize();
        } finally {
          redis.disconnect();
        }
      }),
  );
}
