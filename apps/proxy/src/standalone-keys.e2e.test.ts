/** One server behind the proxy has all keys: whatever it does with several of them it does, beside a plain server. */
import { encodeCommand, type Reply } from '@keyfleet/resp';
import { startRedis, type ServerProcess } from '@keyfleet/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProxyOfFlags } from './testing/proxy-of-flags.ts';
import { RawClient } from './testing/raw-client.ts';

let servers: [ServerProcess, ServerProcess];
let proxy: ProxyOfFlags;
let clients: { proxied: RawClient; plain: RawClient };

beforeAll(async () => {
  servers = await Promise.all([startRedis(), startRedis()]);
  const [{ host, port }, plain] = servers;
  proxy = await ProxyOfFlags.start({ upstream: 'standalone', seeds: `${host}:${port}` });
  await proxy.untilReady();
  clients = { proxied: await proxy.client(), plain: await RawClient.connect(plain) };
});
afterAll(async () => {
  clients.plain.close();
  await proxy[Symbol.asyncDispose]();
  await Promise.all(servers.map((server) => server.stop()));
});

/** Words are split at blanks; `_` stands for one. */
const wordsOf = (line: string): string[] =>
  line.split(' ').map((word) => word.replaceAll('_', ' '));

async function ask(client: RawClient, lines: readonly string[]): Promise<Reply[]> {
  client.socket.write(Buffer.concat(lines.map((line) => encodeCommand(wordsOf(line)))));
  return client.take(lines.length);
}

const script = "return_{redis.call('get','a'),redis.call('get','b'),redis.call('get','c')}";
const library = `#!lua_name=l\nredis.register_function('f',function(k)_return_redis.call('mget',unpack(k))_end)`;

describe('one server takes keys of all slots', () => {
  it.each([
    ['sets', ['SADD a 1', 'SADD b 2', 'SUNION a b', 'SUNIONSTORE c a b', 'SINTERCARD 2 a c', 'SMOVE a b 1', 'SDIFF b c']],
    ['names', ['SET a 1', 'RENAME a b', 'COPY b c', 'RENAMENX b c', 'MGET a b c', 'DEL a b c nosuch']],
    ['all or nothing', ['MSETNX a 1 b 2', 'MSETNX b 3 c 4', 'MGET a b c', 'EXISTS a b c', 'TOUCH a b', 'UNLINK a b']],
    ['lists', ['RPUSH a 1 2 3', 'LMOVE a b LEFT RIGHT', 'RPOPLPUSH a b', 'LMPOP 2 c b LEFT COUNT 9']],
    ['sorted sets', ['ZADD a 1 m', 'ZADD b 2 n', 'ZUNIONSTORE c 2 a b', 'ZRANGESTORE d c 0 -1', 'ZDIFF 2 d a WITHSCORES', 'ZMPOP 2 nosuch c MAX']],
    ['bits and sketches', ['SETBIT a 1 1', 'SETBIT b 2 1', 'BITOP OR c a b', 'PFADD d 1', 'PFADD e 2', 'PFCOUNT d e', 'PFMERGE f d e', 'PFCOUNT f', 'LCS c a']],
    ['places', ['GEOADD a 1 1 m', 'GEOSEARCHSTORE b a FROMMEMBER m BYRADIUS 1 m', 'ZCARD b']],
    ['sorting', ['RPUSH a 2 1', 'MSET w_1 9 w_2 1', 'RPUSH b 2 1', 'MSET w1 9 w2 1', 'SORT b BY w* GET w* GET #', 'SORT b BY w* STORE c', 'LRANGE c 0 -1']],
    ['scripts', ['MSET a 1 b 2 c 3', `EVAL ${script} 3 a b c`, `EVAL ${script} 0`, `EVAL_RO ${script} 2 a b`]],
    ['functions', ['MSET a 1 b 2 c 3', `FUNCTION LOAD REPLACE ${library}`, 'FCALL f 3 a b c']],
    ['transactions', ['MULTI', 'SET a 1', 'SET b 2', 'MSETNX c 1 d 2', 'SORT nosuch BY w*', 'EXEC', 'MGET a b c d']],
    ['all keys, in a transaction', ['SET a 1', 'MULTI', 'DBSIZE', 'KEYS *', 'RANDOMKEY', 'FLUSHDB', 'SET b 1', 'EXEC', 'KEYS *']],
    ['watches', ['WATCH a b', 'WATCH c', 'MULTI', 'SET d 1', 'INCR c', 'EXEC', 'MGET d c']],
    ['a watch that is broken', ['WATCH a b', 'SET b 9', 'MULTI', 'SET c 1', 'EXEC', 'MGET b c']],
    ['what blocks, and finds something', ['RPUSH b 1 2', 'BLPOP a b c 1', 'BLMOVE b a LEFT LEFT 1', 'ZADD c 1 m', 'BZMPOP 1 2 d c MIN', 'XADD x 1-1 f v', 'XADD y 2-2 f v', 'XREAD BLOCK 10 STREAMS x y 0 0', 'XREAD STREAMS y x 0 0']],
    ['what blocks in vain', ['BLPOP a b c 0.01', 'BZPOPMIN a b 0.01', 'XREAD BLOCK 10 STREAMS a b $ $']],
    ['sharded channels', ['SPUBLISH one m', 'PUBSUB SHARDNUMSUB one two']],
  ])('%s', async (_name, lines) => {
    const { proxied, plain } = clients;
    const all = ['FLUSHALL', ...lines];
    expect(await ask(proxied, all)).toEqual(await ask(plain, all));
  }); // prettier-ignore

  it('is heard by who waits for several', async () => {
    const waiting = await proxy.client();
    waiting.send('BLPOP', 'p', 'q', 'r', '0');
    const asked = await proxy.client();
    expect(await asked.call('RPUSH', 'r', '1')).toBe(1);
    expect(await waiting.take(1)).toEqual([['r', '1']]);
    waiting.send('SSUBSCRIBE', 'one', 'two', 'three');
    const confirmed = await waiting.take(3);
    expect(confirmed.map((push) => (push as Reply[])[2])).toEqual([1, 2, 3]);
    await asked.call('SPUBLISH', 'three', 'm');
    expect(await waiting.take(1)).toEqual([['smessage', 'three', 'm']]);
  });

  it('is counted nowhere', async () => {
    const answer = await fetch(`http://127.0.0.1:${proxy.proxy.adminPort}/metrics`);
    expect(await answer.text()).toMatch(/cross_slot\S* 0$/m);
  });
});
