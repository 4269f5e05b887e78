/** Scripts and functions over real shards, also past servers that die. */
import { createHash } from 'node:crypto';
import { ErrorReply, type Reply } from '@keyfleet/resp';
import { startRedis, type ServerProcess } from '@keyfleet/testkit';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { RawClient } from './testing/raw-client.ts';
import { runIdOf, startProxyUnderTest, type ProxyUnderTest } from './testing/proxy-under-test.ts';

/** Keys of the three shards. */
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];
const INCR = "return redis.call('incrby', KEYS[1], ARGV[1])";
const GET = "return redis.call('get', KEYS[1])";

let under: ProxyUnderTest;
let client: Redis;
beforeEach(async () => {
  under = await startProxyUnderTest();
  await eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);
  client = under.client();
});
afterEach(() => under[Symbol.asyncDispose]());

async function said(redis: Redis, [name, ...args]: string[]): Promise<unknown> {
  try {
    return await redis.call(name!, ...args);
  } catch (error) {
    return (error as Error).message;
  }
}

/** An empty server becomes the primary of every shard. */
async function failOver(next: readonly ServerProcess[]): Promise<void> {
  const runIds = await Promise.all(next.map((server) => runIdOf(server)));
  const { version } = under.publish(({ shards }) => ({
    shards: shards.map((shard, i) => ({
      ...shard,
      epoch: shard.epoch + 1,
      primary: { ...shard.primary!, host: next[i]!.host, port: next[i]!.port, runId: runIds[i]! },
    })),
  }));
  await eventually(() => Promise.resolve(under.configserver.acknowledged >= version));
}

async function behind(run: (redis: Redis) => Promise<unknown>): Promise<void> {
  for (const { host, port } of under.servers) {
    const redis = new Redis({ host, port });
    await run(redis);
    redis.disconnect();
  }
}

function errorTextOf(reply: Reply): string {
  return reply instanceof ErrorReply ? reply.text : '';
}

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

describe('a script', () => {
  it('is answered as by one server', async () => {
    await using plainServer = await startRedis();
    const plain = new Redis({ host: plainServer.host, port: plainServer.port });
    const digest = 'a5260dd66ce02462c5b5231c727b3f7772c0bcc5';
    const library = '#!lua name=l\nredis.register_function{function_name="f", callback=function(keys) return #keys end, flags={"no-writes"}}'; // prettier-ignore
    const commands = [
      ['EVALSHA', digest, '0'],
      ['EVAL', 'return {KEYS, ARGV, 7}', '2', '{k}1', '{k}2', 'x'],
      ['EVAL', 'return 1', '0'],
      ['EVALSHA', digest, '1', 'a'],
      ['EVAL', 'return 1', 'x'],
      ['EVAL', 'return 1', '-1'],
      ['EVAL', 'return 1', '3', 'a'],
      ['EVAL', 'return +', '0'],
      ['EVAL', "return redis.error_reply('MY own')", '0'],
      ['EVAL_RO', INCR, '1', 'a', '1'],
      ['EVALSHA', 'short', '0'],
      ['SCRIPT', 'LOAD', GET],
      ['SCRIPT', 'EXISTS', digest],
      ['SCRIPT', 'LOAD', 'not lua'],
      ['EVAL', 'no lua', '0'],
      ['SCRIPT', 'EXISTS', sha1('not lua'), sha1('no lua'), sha1(GET)],
      ['FUNCTION', 'LOAD', library],
      ['FCALL', 'f', '1', 'a'],
      ['FCALL', 'f', '0'],
      ['FCALL_RO', 'f', '0'],
      ['FCALL', 'none', '1', 'a'],
      ['FUNCTION', 'FLUSH'],
    ];
    for (const command of commands)
      expect([command, await said(client, command)]).toEqual([command, await said(plain, command)]);
    plain.disconnect();
  });

  it('must name keys of one slot, none of them reserved', async () => {
    expect(await said(client, ['EVAL', GET, '2', 'a', 'b'])).toMatch(/^CROSSSLOT /);
    expect(await said(client, ['EVAL', GET, '1', '__keyfleet:stamp'])).toMatch(/reserved/);
  });
});

describe('EVALSHA', () => {
  it('finds at every shard what SCRIPT LOAD or EVAL brought, also in one pipeline with it', async () => {
    const loaded = (await client.script('LOAD', INCR)) as string;
    for (const key of KEYS) expect(await client.evalsha(loaded, 1, key, 5)).toBe(5);
    const pipeline = client.pipeline().eval('return ARGV[1]', 1, 'a', 'x');
    for (const key of KEYS)
      pipeline.evalsha('098e0f0d1448c0a81dafe820f66d460eb09263da', 1, key, key);
    const replies = (await pipeline.exec())!;
    const digest = (await client.script('LOAD', 'return ARGV[1]')) as string;
    expect(digest).toBe('098e0f0d1448c0a81dafe820f66d460eb09263da');
    expect(replies.map(([, reply]) => reply)).toEqual(['x', ...KEYS]);
  });

  it('does not see that servers are others, or lost their scripts', async () => {
    const digest = (await client.script('LOAD', INCR)) as string;
    for (const key of KEYS) await client.evalsha(digest, 1, key, 1);
    await behind((redis) => redis.script('FLUSH'));
    for (const key of KEYS) expect(await client.evalsha(digest, 1, key, 1)).toBe(2);
    const next = await Promise.all([startRedis(), startRedis(), startRedis()]);
    await failOver(next);
    expect(await client.script('EXISTS', digest, '0'.repeat(40))).toEqual([1, 0]);
    const pipeline = client.pipeline();
    for (const key of KEYS) pipeline.evalsha(digest, 1, key, 7).get(key);
    const replies = (await pipeline.exec())!.map(([, reply]) => reply);
    expect(replies).toEqual(KEYS.flatMap(() => [7, '7']));
    await Promise.all(next.map((server) => server.stop()));
  });

  it.each<[what: string, script: string, isTaken: boolean, commands: (script: string) => string[][]]>([
    ['of a transaction that is discarded', 'return 1', false, (it) => [['MULTI'], ['EVAL', it, '1', 'a'], ['DISCARD']]],
    ['of one that is refused', 'return 1', false, (it) => [['MULTI'], ['EVAL', it, '1', 'a'], ['GET'], ['EXEC']]],
    ['over slots', 'return 1', false, (it) => [['EVAL', it, '2', 'a', 'b']]],
    ['over a reserved key', 'return 1', false, (it) => [['EVAL', it, '1', '__keyfleet:stamp']]],
    ['without a count of keys', 'return 1', false, (it) => [['EVAL', it, 'x', 'a']]],
    ['with too few keys', 'return 1', false, (it) => [['EVAL', it, '2', 'a']]],
    ['that is no Lua', 'not lua', false, (it) => [['EVAL', it, '0'], ['SCRIPT', 'LOAD', it]]],
    ['that fails', 'return nil .. 1', true, (it) => [['EVAL', it, '1', 'a']]],
    ['that answers with an error', "return {err='MY own'}", true, (it) => [['EVAL', it, '0']]],
    ['of a transaction', 'return 1', true, (it) => [['MULTI'], ['EVAL', it, '1', 'a'], ['EXEC']]],
    ['of one with WATCH', 'return 1', true, (it) => [['WATCH', 'a'], ['MULTI'], ['EVAL', it, '1', 'a'], ['EXEC']]],
  ])('finds a script %s only if a server took it', async (_what, script, isTaken, commands) => {
    const raw = await RawClient.connect({ port: under.proxy.port });
    const evalshas = KEYS.map((key) => ['EVALSHA', sha1(script), '1', key]);
    const all = [...commands(script), ...evalshas];
    const oneByOne = [];
    for (const words of all) oneByOne.push(await raw.call(...words));
    await raw.call('SCRIPT', 'FLUSH');
    for (const words of all) raw.send(...words);
    const inOnePipeline = await raw.take(all.length);
    for (const replies of [oneByOne, inOnePipeline]) {
      const found = replies.slice(-KEYS.length).map((it) => !/^NOSCRIPT/.test(errorTextOf(it)));
      expect(found).toEqual(KEYS.map(() => isTaken));
    }
    raw.close();
  }); // prettier-ignore

  it('of what SCRIPT FLUSH flushed is unknown, as at one server', async () => {
    const digest = (await client.script('LOAD', INCR)) as string;
    expect(await client.script('FLUSH')).toBe('OK');
    expect(await said(client, ['EVALSHA', digest, '1', 'a', '1'])).toBe(
      'NOSCRIPT No matching script. Please use EVAL.',
    );
    expect(await client.script('EXISTS', digest)).toEqual([0]);
  });

  it('is found after a SCRIPT FLUSH that the servers refused', async () => {
    const digest = (await client.script('LOAD', GET)) as string;
    await behind((redis) => redis.script('FLUSH'));
    expect(await said(client, ['SCRIPT', 'FLUSH', 'NOW'])).toMatch(/^ERR SCRIPT FLUSH only/);
    expect(await said(client, ['EVALSHA', digest, '1', 'a'])).toBeNull();
  });

  it('is there for SCRIPT EXISTS, which loads nothing', async () => {
    const digest = (await client.script('LOAD', GET)) as string;
    await behind((redis) => redis.script('FLUSH'));
    expect(await client.script('EXISTS', ...Array<string>(1000).fill(digest))).toEqual(
      Array(1000).fill(1),
    );
    await behind(async (redis) => expect(await redis.script('EXISTS', digest)).toEqual([0]));
  });

  it('carries arguments that are too long to be kept, and long replies', async () => {
    const long = 'x'.repeat(300_000);
    const digest = (await client.script('LOAD', 'return ARGV[1]')) as string;
    await behind((redis) => redis.script('FLUSH'));
    for (const key of KEYS) expect(await client.evalsha(digest, 1, key, long)).toBe(long);
    const repeat = (await client.script('LOAD', "return string.rep('y', 300000)")) as string;
    for (const key of KEYS) expect(await client.evalsha(repeat, 1, key)).toHaveLength(300_000);
  });
});

describe('a library of functions', () => {
  it('is at a shard that is new when one of its functions is called there', async () => {
    await client.call(
      'FUNCTION',
      'LOAD',
      `#!lua name=l
      redis.register_function("put", function(keys, args) return redis.call("set", keys[1], args[1]) end)
      redis.register_function{function_name="which", callback=function(keys) return keys[1] end, flags={"no-writes"}}`,
    );
    const next = await startRedis();
    const runId = await runIdOf(next);
    // It gets what the third shard had.
    const { version } = under.publish(({ shards }) => ({
      shards: [
        ...shards.slice(0, 2),
        { ...shards[2]!, slots: '' },
        {
          ...shards[2]!,
          id: 'shard-3',
          primary: { id: 'shard-3-0', host: next.host, port: next.port, runId },
        },
      ],
    }));
    await eventually(() => Promise.resolve(under.configserver.acknowledged >= version));
    const puts = client.pipeline();
    for (const key of KEYS) puts.call('FCALL', 'put', '1', key, key);
    expect((await puts.exec())!.map(([, reply]) => reply)).toEqual(KEYS.map(() => 'OK'));
    const pipeline = client.pipeline();
    for (const key of KEYS) pipeline.call('FCALL_RO', 'which', '1', key);
    const replies = (await pipeline.exec())!.map(([, reply]) => reply);
    expect(replies).toEqual(KEYS);
    expect((await client.keys('*')).sort()).toEqual(KEYS);
    for (const key of KEYS)
      expect(await said(client, ['FCALL', 'none', '1', key])).toBe('ERR Function not found');
    await next.stop();
  });
});

describe('a script that does not end', () => {
  it('is killed, at whichever shard it runs', async () => {
    await client.config('SET', 'lua-time-limit', '50');
    expect(await said(client, ['SCRIPT', 'KILL'])).toBe(
      'NOTBUSY No scripts in execution right now.',
    );
    for (const key of KEYS.slice(0, 3)) {
      const endless = said(under.client(), ['EVAL', 'while true do end', '1', key]);
      await eventually(async () => (await said(client, ['SCRIPT', 'KILL'])) === 'OK');
      expect(await endless).toMatch(/^ERR Error running script|^ERR .*Script killed by user/);
    }
  });

  it('and has written is not killed, and says so', async () => {
    await client.config('SET', 'lua-time-limit', '50');
    const endless = said(under.client(), ['EVAL', "redis.call('set', KEYS[1], 1) while true do end", '1', 'a']); // prettier-ignore
    await eventually(async () =>
      /^UNKILLABLE /.test(String(await said(client, ['SCRIPT', 'KILL']))),
    );
    await Promise.all(under.servers.map((server) => server.kill()));
    expect(await endless).toMatch(/^UNCERTAIN /);
  });

  it('of a library is told by FUNCTION STATS, and killed', async () => {
    await client.config('SET', 'lua-time-limit', '50');
    await client.call('FUNCTION', 'LOAD', '#!lua name=l\nredis.register_function("f", function() while true do end end)'); // prettier-ignore
    const endless = said(under.client(), ['FCALL', 'f', '1', 'a']);
    const isShown = async (): Promise<boolean> =>
      JSON.stringify(await said(client, ['FUNCTION', 'STATS'])).includes('"name","f"');
    await eventually(isShown);
    const raw = await RawClient.connect({ port: under.proxy.port });
    await raw.call('HELLO', '3');
    const stats = (await raw.call('FUNCTION', 'STATS')) as ReadonlyMap<Reply, Reply>;
    raw.close();
    const running = stats.get('running_script') as ReadonlyMap<Reply, Reply>;
    expect(running.get('command')).toEqual(['FCALL', 'f', '1', 'a']);
    expect(await said(client, ['FUNCTION', 'KILL'])).toBe('OK');
    expect(await endless).toMatch(/^ERR /);
  });
});

describe('a server that dies under a script', () => {
  it('leaves its outcome unknown; one that only reads runs at the next server', async () => {
    const [incr, get] = (await Promise.all([
      client.script('LOAD', INCR),
      client.script('LOAD', GET),
    ])) as [string, string];
    await client.evalsha(incr, 1, 'a', 1);
    const next = await Promise.all([startRedis(), startRedis(), startRedis()]);
    for (const server of under.servers) server.pause();
    const written = said(client, ['EVALSHA', incr, '1', 'a', '1']);
    const read = said(under.client(), ['EVALSHA_RO', get, '1', 'a']);
    // Both are with the server when it dies.
    await eventually(async () => (await inFlight()) >= 2);
    await Promise.all(under.servers.map((server) => server.kill()));
    await failOver(next);
    expect(await written).toMatch(/^UNCERTAIN /);
    expect(await read).toBeNull();
    expect(await client.evalsha(incr, 1, 'a', 3)).toBe(3);
    await Promise.all(next.map((server) => server.stop()));
  });
});

/** Requests that servers owe replies to. */
async function inFlight(): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${under.proxy.adminPort}/metrics`)).text();
  const counts = [...metrics.matchAll(/^keyfleet_proxy_in_flight\S* (\d+)/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
