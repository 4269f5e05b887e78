/** Scripts and functions that were loaded once, at the primaries and shards of later, whoever calls them and however. */
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import type { ProxyUnderTest } from './testing/proxy-under-test.ts';
import {
  acknowledged,
  addShard,
  hold,
  holdOf,
  keyOf,
  replacePrimary,
  startBeside,
  startReady,
} from './testing/scenes.ts';
import { useStopping } from './testing/stopping.ts';
import { talk } from './testing/talk.ts';

const PUT = `#!lua name=puts
redis.register_function("put", function(keys, args) return redis.call("set", keys[1], args[1]) end)`;
const READ = `#!lua name=reads
redis.register_function{function_name="read", flags={"no-writes"}, callback=function(keys) return redis.call("get", keys[1]) end}`;

let under: ProxyUnderTest;
let client: Redis;
const stopping = useStopping();
beforeEach(async () => {
  under = await startReady();
  client = under.client();
});
afterEach(() => under[Symbol.asyncDispose]());

async function replies(pipeline: { exec(): Promise<[Error | null, unknown][] | null> }) {
  return (await pipeline.exec())!.map(([error, reply]) => error?.message ?? reply);
}

const beside = (proxy: { port: number }): { host: string; port: number } => ({
  host: '127.0.0.1',
  port: proxy.port,
});

describe('a library of functions', () => {
  beforeEach(async () => {
    await client.call('FUNCTION', 'LOAD', PUT);
    await client.call('FUNCTION', 'LOAD', READ);
  });

  it('is at a shard that is new before the first of many calls', async () => {
    stopping(await addShard(under));
    await acknowledged(under);
    const key = keyOf(under, 3);
    const pipeline = client.pipeline();
    for (let i = 0; i < 5; i++)
      pipeline.call('FCALL', 'put', '1', key, i).call('FCALL_RO', 'read', '1', key);
    expect(await replies(pipeline)).toEqual(
      Array.from({ length: 5 }, (_, i) => ['OK', String(i)]).flat(),
    );
  });

  it.each(['shared', 'watched'])('is there for the first transaction, %s', async (how) => {
    stopping(await addShard(under));
    await acknowledged(under);
    const key = keyOf(under, 3);
    if (how === 'watched') await client.watch(key);
    const multi = client.multi().call('FCALL', 'put', '1', key, 'v').get(key);
    expect(await replies(multi)).toEqual(['OK', 'v']);
  });

  it('is deleted at a shard that is new, and listed by one', async () => {
    stopping(await replacePrimary(under, 0));
    await acknowledged(under);
    expect(await client.call('FUNCTION', 'LIST', 'LIBRARYNAME', 'puts')).toHaveLength(1);
    stopping(await replacePrimary(under, 1));
    await acknowledged(under);
    expect(await client.call('FUNCTION', 'DELETE', 'puts')).toBe('OK');
    for (const shard of [0, 1, 2])
      await expect(client.call('FCALL', 'put', '1', keyOf(under, shard), 'v')).rejects.toThrow(
        'ERR Function not found',
      );
  });

  it('comes to an heir that has another one already', async () => {
    const heir = stopping(await replacePrimary(under, 0));
    await talk(heir, [`FUNCTION LOAD "${PUT.replaceAll('"', '\\"').replace('\n', '\\n')}"`]);
    await acknowledged(under);
    const key = keyOf(under, 0);
    const pipeline = client.pipeline().call('FCALL', 'put', '1', key, 'v');
    expect(await replies(pipeline.call('FCALL', 'read', '1', key))).toEqual(['OK', 'v']);
  });

  it('comes through a proxy that is younger', async () => {
    await under.proxy.stop();
    stopping(await replacePrimary(under, 1));
    const other = stopping(await startBeside(under));
    const key = keyOf(under, 1);
    const answer = await talk(beside(other), [`FCALL put 1 ${key} v`, `FCALL_RO read 1 ${key}`]);
    expect(answer).toBe('+OK\r\n$1\r\nv\r\n+OK\r\n');
  });

  it('comes once it is known, when a shard was new before the library was', async () => {
    const other = stopping(await startBeside(under));
    const heir = stopping(await replacePrimary(under, 0));
    // Both proxies know of the heir when it answers them.
    const put = `FCALL put 1 ${keyOf(under, 0)} v`;
    for (const proxy of [under.proxy, other])
      await eventually(async () => (await talk(beside(proxy), [put])) === '+OK\r\n+OK\r\n');
    // As if another proxy had not known of it yet when it brought the library to all.
    await talk(heir, ['FUNCTION FLUSH']);
    await eventually(async () => (await talk(beside(other), [put])) === '+OK\r\n+OK\r\n');
  });

  it('comes though an heir dies while it is brought, and another server is silent', async () => {
    under.servers[2]!.pause();
    const key = keyOf(under, 0);
    const first = stopping(await replacePrimary(under, 0));
    first.pause();
    const put = (): Promise<unknown> => client.call('FCALL', 'put', '1', key, 'v');
    // Waits for its libraries, or, if it was too long for that, was sent to the one that dies.
    const called = put().catch(put);
    await first.kill();
    stopping(await replacePrimary(under, 0));
    expect(await called).toBe('OK');
    under.servers[2]!.resume();
  });
});

describe('a script', () => {
  const INCR = 'return redis.call("incr", KEYS[1])';
  const ECHO = 'return ARGV[1]';

  it('is at a primary that is new for pipelines, transactions, and every protocol at once', async () => {
    const incr = (await client.script('LOAD', INCR)) as string;
    const key = keyOf(under, 0);
    stopping(await replacePrimary(under, 0));
    await acknowledged(under);
    const lines = [`EVALSHA ${incr} 1 ${key}`, `GET ${key}`];
    const [plain, resp3, pipelined, executed] = await Promise.all([
      talk(beside(under.proxy), lines),
      talk(beside(under.proxy), ['HELLO 3', ...lines]),
      replies(under.client().pipeline().evalsha(incr, 1, key).get(key)),
      replies(under.client().multi().evalsha(incr, 1, key).get(key)),
    ]);
    expect(`${plain}${resp3}${JSON.stringify([pipelined, executed])}`).not.toContain('NOSCRIPT');
    const watching = under.client();
    await watching.watch(key);
    expect(await replies(watching.multi().evalsha(incr, 1, key))).toEqual([5]);
  });

  it('goes along with what waited for its shard, and with what was lost on the way', async () => {
    const echo = (await client.script('LOAD', ECHO)) as string;
    const key = keyOf(under, 0);
    await client.evalsha(echo, 1, key, 'x');
    const long = 'y'.repeat(50_000);
    under.servers[0]!.pause();
    const read = under.client().pipeline();
    for (const value of ['a', long, 'b']) read.call('EVALSHA_RO', echo, '1', key, value);
    const lost = replies(read);
    await eventually(async () => (await inFlight()) >= 3);
    await under.servers[0]!.kill();
    const written = replies(under.client().pipeline().evalsha(echo, 1, key, long).get(key));
    stopping(await replacePrimary(under, 0));
    expect(await lost).toEqual(['a', long, 'b']);
    expect(await written).toEqual([long, null]);
  });

  it('that was loaded while a shard was held is there when the hold is over, with another primary', async () => {
    const key = keyOf(under, 0);
    await hold(under, [holdOf({ what: 'all', how: 'cut' })]);
    const loaded = client.script('LOAD', INCR);
    stopping(await replacePrimary(under, 0));
    await hold(under, []);
    const incr = (await loaded) as string;
    expect(await replies(client.pipeline().evalsha(incr, 1, key).incr(key))).toEqual([1, 2]);
  });

  it('that another proxy flushed is loaded again by the one that has it', async () => {
    const other = stopping(await startBeside(under));
    const incr = (await client.script('LOAD', INCR)) as string;
    const key = keyOf(under, 0);
    expect(await client.evalsha(incr, 1, key)).toBe(1);
    await talk(beside(other), ['SCRIPT FLUSH']);
    expect(await talk(beside(other), [`EVALSHA ${incr} 1 ${key}`])).toMatch(/^-NOSCRIPT /);
    expect(await client.evalsha(incr, 1, key)).toBe(2);
    // Now the servers have it, for whoever calls it.
    expect(await talk(beside(other), [`EVALSHA ${incr} 1 ${key}`])).toMatch(/^:3\r\n/);
  });
});

async function inFlight(): Promise<number> {
  const { adminPort } = under.proxy;
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  const counts = [...text.matchAll(/^keyfleet_proxy_in_flight\S* (\d+)/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
