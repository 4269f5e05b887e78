import { loadSettings } from '@keyfleet/runtime';
import { startRedis, temporaryDirectory, type ServerProcess } from '@keyfleet/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Reply } from '@keyfleet/resp';
import type { Proxy } from '../proxy.ts';
import { proxySettings } from '../settings.ts';
import { eventually } from '../testing/eventually.ts';
import {
  startProxyUnderTest,
  startQuietProxy,
  type ProxyUnderTest,
} from '../testing/proxy-under-test.ts';
import { RawClient } from '../testing/raw-client.ts';

let under: ProxyUnderTest;
let other: Proxy;
let plain: ServerProcess;
const directory = temporaryDirectory();
const open: { close(): void }[] = [];

beforeAll(async () => {
  under = await startProxyUnderTest();
  plain = await startRedis();
  const flags = ['--port', '0', '--admin-port', '0', '--configserver', under.configserver.url];
  const argv = [...flags, '--proxy-id', 'other', '--state-dir', (await directory).path];
  other = await startQuietProxy(loadSettings(proxySettings, { argv, env: {} }));
  await eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);
  await eventually(async () => (await get(other.adminPort, '/readyz'))['ready'] === true);
});
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});
afterAll(async () => {
  await other.stop();
  await plain.stop();
  await under[Symbol.asyncDispose]();
  await (await directory)[Symbol.asyncDispose]();
});

async function get(port: number, path: string): Promise<Record<string, unknown>> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  return (await answer.json()) as Record<string, unknown>;
}

async function raw(at: { host?: string; port: number } = under.proxy): Promise<RawClient> {
  const client = await RawClient.connect(at);
  open.push(client);
  return client;
}

async function raw3(at?: { host?: string; port: number }): Promise<RawClient> {
  const client = await raw(at);
  await client.call('HELLO', '3');
  return client;
}

function redis(port = under.proxy.port): Redis {
  const client = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined);
  open.push({ close: () => client.disconnect() });
  return client;
}

const push = (...items: Reply[]): Reply => ({ type: 'push', items });
/** What a message says: of a pattern, the channel. */
const textOf = (message: Reply) => (message as readonly string[])[2]!;
const names = (count: number) => Array.from({ length: count }, (_, i) => `channel:${i}`);

describe('what a client is answered', () => {
  /** Each with the number of frames that it brings. */
  const script: [number, string][] = [
    [2, 'SUBSCRIBE a b'],
    [2, 'SUBSCRIBE a a'],
    [1, 'PING'],
    [1, 'PING x'],
    [1, 'PING x y'],
    [1, 'GET a'],
    [1, 'GET'],
    [1, 'CLIENT GETNAME'],
    [1, 'CLIENT NOPE'],
    [1, 'PUBLISH c hi'],
    [1, 'HELLO 7'],
    [1, 'NOPE a'],
    [1, 'UNSUBSCRIBE zz'],
    [1, 'SSUBSCRIBE s'],
    [1, 'SSUBSCRIBE s'],
    [1, 'PSUBSCRIBE a*'],
    [1, 'PSUBSCRIBE b?'],
    [1, 'SUBSCRIBE'],
    [1, 'UNSUBSCRIBE a'],
    [1, 'UNSUBSCRIBE'],
    [1, 'UNSUBSCRIBE'],
    [1, 'PUNSUBSCRIBE a* '],
    [1, 'PUNSUBSCRIBE b?'],
    [1, 'PUNSUBSCRIBE'],
    [1, 'GET a'],
    [1, 'SUNSUBSCRIBE other'],
    [1, 'SUNSUBSCRIBE'],
    [1, 'SUNSUBSCRIBE'],
    [1, 'GET a'],
    [1, 'SUBSCRIBE a'],
    [1, 'RESET'],
    [1, 'GET a'],
    [1, 'PUBSUB'],
    [1, 'PUBSUB HELP'],
    [1, 'PUBSUB NUMSUB'],
    [1, 'PUBSUB NUMSUB a b'],
    [1, 'PUBSUB SHARDNUMSUB a b'],
    [1, 'PUBSUB NUMPAT'],
    [1, 'PUBSUB CHANNELS'],
    [1, 'PUBSUB CHANNELS a b'],
    [1, 'PUBSUB NOPE'],
    [1, 'PUBLISH a'],
    [1, 'PUBLISH a hi'],
    [1, 'SPUBLISH a hi'],
  ];

  it.each([2, 3])('is what a plain server answers, with RESP%i', async (version) => {
    const [ours, theirs] = await Promise.all([raw(), raw(plain)]);
    for (const client of [ours, theirs]) if (version === 3) await client.call('HELLO', '3');
    for (const [frames, line] of script) {
      const words = line.trim().split(' ');
      for (const client of [ours, theirs]) client.send(...words);
      const [got, wanted] = await Promise.all([ours.take(frames), theirs.take(frames)]);
      expect({ line, got }).toEqual({ line, got: wanted });
    }
    expect([ours.received, theirs.received]).toEqual([[], []]);
  });

  it('says what it has in CLIENT LIST', async () => {
    const client = await raw3();
    for (const [verb, name] of [
      ['SUBSCRIBE', 'a'],
      ['PSUBSCRIBE', 'p*'],
      ['SSUBSCRIBE', 's'],
    ])
      await client.call(verb!, name!);
    const { text } = (await client.call('CLIENT', 'INFO')) as { text: string };
    expect(text).toContain(' flags=P ');
    expect(text).toContain(' sub=1 psub=1 ssub=1 ');
  });
});

describe('SUBSCRIBE', () => {
  it('brings what is published behind its confirmation, once, whoever publishes where', async () => {
    const subscriber = await raw();
    const all = names(30);
    subscriber.send('SUBSCRIBE', ...all);
    expect((await subscriber.take(30)).at(-1)).toEqual(['subscribe', 'channel:29', 30]);
    const publishers = [redis(), redis(other.port)];
    for (const [i, channel] of all.entries()) await publishers[i % 2]!.publish(channel, `to ${i}`);
    const got = await subscriber.take(30);
    const wanted = all.map((channel, i) => ['message', channel, `to ${i}`]);
    expect(new Set(got.map(String))).toEqual(new Set(wanted.map(String)));
    await publishers[0]!.publish('channel:0', 'last');
    expect(await subscriber.take(1)).toEqual([['message', 'channel:0', 'last']]);
  });

  it('confirms many in a pipeline at once, in their order, and what comes behind them waits', async () => {
    const client = await raw3();
    const all = names(500);
    for (const channel of all) client.send('SUBSCRIBE', channel);
    client.send('SET', 'behind', 'them');
    const got = await client.take(501);
    expect(got.slice(0, 500)).toEqual(all.map((channel, i) => push('subscribe', channel, i + 1)));
    expect(got[500]).toEqual({ type: 'status', text: 'OK' });
  });

  it('takes names and messages of any bytes', async () => {
    const client = await raw3();
    const odd = Uint8Array.from([0xff, 0x00, 0x0d, 0x0a, 0xe4]);
    expect(await client.call('SUBSCRIBE', odd)).toEqual(push('subscribe', odd, 1));
    client.send('PUBLISH', odd, odd);
    expect(await client.take(2)).toEqual([1, push('message', odd, odd)]);
    expect(await client.call('PUBSUB', 'CHANNELS')).toEqual([odd]);
    expect(await client.call('PUBSUB', 'NUMSUB', odd)).toEqual([odd, 1]);
  });

  it('works with ioredis as with a server', async () => {
    const [subscriber, publisher] = [redis(), redis()];
    const got: string[] = [];
    subscriber.on('message', (channel, message) => got.push(`${channel} ${message}`));
    subscriber.on('pmessage', (...all) => got.push(all.join(' ')));
    expect(await subscriber.subscribe('io:1', 'io:2')).toBe(2);
    expect(await subscriber.psubscribe('io:*')).toBe(3);
    expect(await publisher.publish('io:1', 'x')).toBe(2);
    await eventually(() => got.length === 2);
    expect(got.sort()).toEqual(['io:* io:1 x', 'io:1 x']);
    await subscriber.punsubscribe('io:*');
    await subscriber.unsubscribe();
    await subscriber.set('io', 'free again');
    expect(await publisher.publish('io:1', 'x')).toBe(0);
  });

  it('keeps the order of one publisher on one channel', async () => {
    const subscriber = await raw();
    await subscriber.call('SUBSCRIBE', 'order');
    const pipeline = redis(other.port).pipeline();
    for (let i = 0; i < 5000; i++) pipeline.publish('order', String(i));
    await pipeline.exec();
    const got = (await subscriber.take(5000)).map((message) => Number((message as Reply[])[2]));
    expect(got).toEqual(Array.from({ length: 5000 }, (_, i) => i));
  });

  it('brings a message of a megabyte to many', async () => {
    const subscribers = await Promise.all([raw(), raw3(), raw(other), raw3(other)]);
    for (const subscriber of subscribers) await subscriber.call('SUBSCRIBE', 'large');
    const message = 'x'.repeat(1 << 20);
    await redis().publish('large', message);
    for (const [i, subscriber] of subscribers.entries()) {
      const [got] = await subscriber.take(1);
      expect(got).toEqual(
        i % 2 === 0 ? ['message', 'large', message] : push('message', 'large', message),
      );
    }
  });

  it('hears what transactions and scripts publish, at whatever shard they run', async () => {
    const subscriber = await raw();
    await subscriber.call('SUBSCRIBE', 'from anywhere');
    const client = redis();
    for (const key of ['a', 'b', 'c']) {
      await client.multi().set(key, '1').publish('from anywhere', `multi ${key}`).exec();
      const script = "return redis.call('publish', 'from anywhere', 'eval ' .. KEYS[1])";
      await client.eval(script, 1, key);
    }
    const got = (await subscriber.take(6)).map((message) => textOf(message));
    expect(got.sort()).toEqual(
      ['a', 'b', 'c']
        .flatMap((key) => `eval ${key}`)
        .concat(['a', 'b', 'c'].map((key) => `multi ${key}`)),
    );
  });
});

describe('a client with RESP3', () => {
  it('hears itself, behind the reply', async () => {
    const client = await raw3();
    await client.call('SUBSCRIBE', 'self');
    for (let i = 0; i < 20; i++) {
      client.send('PUBLISH', 'self', String(i));
      expect(await client.take(2)).toEqual([1, push('message', 'self', String(i))]);
    }
  });

  it('goes on with other commands, in order', async () => {
    const client = await raw3();
    await client.call('SUBSCRIBE', 'c');
    client.send('SET', 'k', 'v');
    client.send('GET', 'k');
    expect(await client.take(2)).toEqual([{ type: 'status', text: 'OK' }, 'v']);
  });

  it('that goes back to RESP2 is subscribed as such', async () => {
    const client = await raw3();
    await client.call('SUBSCRIBE', 'back');
    await client.call('HELLO', '2');
    const { text } = (await client.call('GET', 'k')) as { text: string };
    expect(text).toContain("Can't execute 'get'");
    await redis().publish('back', 'hi');
    expect(await client.take(1)).toEqual([['message', 'back', 'hi']]);
  });
});

describe('CLIENT REPLY OFF', () => {
  it('silences replies, not pushes', async () => {
    const client = await raw3();
    client.send('CLIENT', 'REPLY', 'OFF');
    client.send('SUBSCRIBE', 'aloud');
    client.send('SUBSCRIBE', 'aloud too');
    client.send('SET', 'k', 'v');
    client.send('SUBSCRIBE', 'aloud');
    expect(await client.take(3)).toEqual([
      push('subscribe', 'aloud', 1),
      push('subscribe', 'aloud too', 2),
      push('subscribe', 'aloud', 2),
    ]);
    expect(await redis().publish('aloud', 'hi')).toBe(1);
    expect(await client.take(1)).toEqual([push('message', 'aloud', 'hi')]);
    client.send('UNSUBSCRIBE', 'aloud');
    client.send('CLIENT', 'REPLY', 'ON');
    expect(await client.take(2)).toEqual([
      push('unsubscribe', 'aloud', 1),
      { type: 'status', text: 'OK' },
    ]);
  });
});

describe('patterns', () => {
  it('bring each message once, whatever its channel', async () => {
    const subscriber = await raw();
    await subscriber.call('PSUBSCRIBE', 'channel:*');
    const publisher = redis(other.port);
    for (const channel of names(20)) await publisher.publish(channel, 'hi');
    const got = (await subscriber.take(20)).map((message) => textOf(message));
    expect(got.sort()).toEqual(names(20).sort());
    await publisher.publish('channel:0', 'last');
    expect(await subscriber.take(1)).toEqual([['pmessage', 'channel:*', 'channel:0', 'last']]);
  });
});

describe('sharded channels', () => {
  it('are of one slot in one command', async () => {
    const client = await raw3();
    expect(await client.call('SSUBSCRIBE', 'a', 'b')).toMatchObject({
      text: "CROSSSLOT Keys in request don't hash to the same slot",
    });
    client.send('SSUBSCRIBE', '{t}a', '{t}b');
    expect(await client.take(2)).toEqual([
      push('ssubscribe', '{t}a', 1),
      push('ssubscribe', '{t}b', 2),
    ]);
    expect(await redis(other.port).spublish('{t}a', 'hi')).toBe(1);
    expect(await client.take(1)).toEqual([push('smessage', '{t}a', 'hi')]);
    expect(await client.call('PUBSUB', 'SHARDCHANNELS', '{t}*')).toHaveLength(2);
    expect(await client.call('PUBSUB', 'CHANNELS', '{t}*')).toEqual([]);
    expect(await redis().publish('{t}a', 'not for them')).toBe(0);
  });
});

describe('keyspace notifications', () => {
  beforeAll(async () => {
    for (const server of under.servers) {
      const client = new Redis(server.port, server.host);
      await client.config('SET', 'notify-keyspace-events', 'KEA');
      client.disconnect();
    }
  });

  it('of all shards come, each once', async () => {
    const [byPattern, byName, events] = await Promise.all([raw(), raw(), raw(other)]);
    await byPattern.call('PSUBSCRIBE', '__keyspace@0__:n:*');
    await byName.call('SUBSCRIBE', '__keyspace@0__:n:7');
    await events.call('SUBSCRIBE', '__keyevent@0__:set');
    const client = redis();
    const keys = Array.from({ length: 20 }, (_, i) => `n:${i}`);
    for (const key of keys) await client.set(key, 'v');
    const channels = (await byPattern.take(20)).map((message) => textOf(message));
    expect(channels.sort()).toEqual(keys.map((key) => `__keyspace@0__:${key}`).sort());
    const changed = (await events.take(20)).map((message) => textOf(message));
    expect(changed.sort()).toEqual([...keys].sort());
    expect(await byName.take(1)).toEqual([['message', '__keyspace@0__:n:7', 'set']]);
    await client.del('n:7');
    expect(await byName.take(1)).toEqual([['message', '__keyspace@0__:n:7', 'del']]);
  });

  it('of a client’s own write come behind its reply', async () => {
    const client = await raw3();
    await client.call('SUBSCRIBE', '__keyevent@0__:incrby');
    for (let i = 1; i <= 50; i++) client.send('INCR', 'own');
    const got = await client.take(100);
    let replies = 0;
    let pushes = 0;
    for (const each of got) {
      if (typeof each === 'number') replies++;
      else pushes++;
      expect(pushes).toBeLessThanOrEqual(replies);
    }
    expect([replies, pushes]).toEqual([50, 50]);
  });

  it('that somebody publishes by hand arrive, and those of the platform’s own keys do not', async () => {
    const subscriber = await raw();
    await subscriber.call('PSUBSCRIBE', '__key*');
    const client = redis();
    expect(await client.publish('__keyspace@0__:by hand', 'set')).toBe(1);
    expect(await client.publish('__keyevent@0__:by hand', 'k')).toBe(1);
    for (const server of under.servers) {
      const direct = new Redis(server.port, server.host);
      await direct.set('__keyfleet:stamp', '1');
      direct.disconnect();
    }
    await client.publish('__key last', '');
    const got = (await subscriber.take(3)).map((message) => textOf(message));
    expect(got.sort()).toEqual(['__key last', '__keyevent@0__:by hand', '__keyspace@0__:by hand']);
  });
});

describe('counts', () => {
  it('are of clients, not of proxies', async () => {
    const here = await Promise.all([raw(), raw(), raw3()]);
    for (const client of here) await client.call('SUBSCRIBE', 'counted');
    await here[0].call('PSUBSCRIBE', 'count*');
    const there = await raw(other);
    await there.call('SUBSCRIBE', 'counted');
    const client = redis();
    // The other proxy stands for its clients as one.
    expect(await client.publish('counted', 'x')).toBe(5);
    expect(await client.call('PUBSUB', 'NUMSUB', 'counted', 'none')).toEqual([
      ...['counted', 4],
      ...['none', 0],
    ]);
    expect(await redis(other.port).call('PUBSUB', 'NUMSUB', 'counted')).toEqual(['counted', 2]);
    expect(await client.call('PUBSUB', 'CHANNELS', 'count*')).toEqual(['counted']);
    expect(await client.call('PUBSUB', 'NUMPAT')).toBe(1);
    expect(await redis(other.port).call('PUBSUB', 'NUMPAT')).toBe(1);
  });

  it('are so in a transaction, shared and watched, at whatever shard it runs', async () => {
    const [here, there, client] = [await raw(), await raw(other), redis()];
    await here.call('SUBSCRIBE', 'counted');
    await here.call('PSUBSCRIBE', 'count*');
    await (await raw3()).call('SSUBSCRIBE', '{a}s');
    await there.call('SUBSCRIBE', 'counted');
    for (const key of ['a', 'b', 'c']) {
      const multi = client.multi().set(key, 'x').publish('counted', 'x').publish('none', 'x');
      expect(await multi.exec()).toEqual([
        ...[[null, 'OK'], [null, 3]],
        [null, 0],
      ]); // prettier-ignore
    }
    await client.watch('a');
    const watched = client.multi().client('GETNAME').spublish('{a}s', 'x').publish('counted', 'x');
    expect(await watched.exec()).toEqual([[null, null], [null, 1], [null, 3]]); // prettier-ignore
  });

  it('are right at once when the last leaves, and comes again', async () => {
    const [subscriber, client] = [await raw3(), redis()];
    for (let i = 0; i < 30; i++) {
      await subscriber.call('SUBSCRIBE', 'flip');
      expect(await client.publish('flip', 'x')).toBe(1);
      expect(await subscriber.take(1)).toEqual([push('message', 'flip', 'x')]);
      await subscriber.call('UNSUBSCRIBE', 'flip');
      expect(await client.publish('flip', 'x')).toBe(0);
      expect(await client.call('PUBSUB', 'CHANNELS', 'flip')).toEqual([]);
      expect(await client.call('PUBSUB', 'NUMSUB', 'flip')).toEqual(['flip', 0]);
    }
  });
});

describe('what a client leaves behind', () => {
  it.each(['QUIT', 'RESET', 'close'])('is nothing: %s', async (how) => {
    const subscriber = await raw();
    await subscriber.call('SUBSCRIBE', 'left');
    await subscriber.call('PSUBSCRIBE', 'left*');
    if (how === 'close') subscriber.close();
    else await subscriber.call(how);
    const direct = under.servers.map((server) => new Redis(server.port, server.host));
    for (const client of direct) open.push({ close: () => client.disconnect() });
    await eventually(async () => {
      const counts = await Promise.all(direct.map((client) => client.call('PUBSUB', 'NUMPAT')));
      const lists = await Promise.all(direct.map((client) => client.call('PUBSUB', 'CHANNELS')));
      return counts.every((count) => count === 0) && lists.flat().length === 0;
    });
  });
});

describe('what is refused', () => {
  it('reserved names', async () => {
    const client = await raw3();
    const refused = { text: "ERR channels that begin with '__keyfleet:' are reserved" };
    expect(await client.call('SUBSCRIBE', 'a', '__keyfleet:x')).toMatchObject(refused);
    expect(await client.call('PUBLISH', '__keyfleet:x', '')).toMatchObject(refused);
    expect(await client.call('PUBSUB', 'NUMSUB', 'a')).toEqual(['a', 0]);
  });

  it('names that are too long', async () => {
    const client = await raw3();
    const name = 'a'.repeat(65_537);
    const refused = { text: 'ERR a channel name may have 65536 bytes' };
    expect(await client.call('SUBSCRIBE', 'a', name)).toMatchObject(refused);
    expect(await client.call('PUBLISH', name, '')).toMatchObject(refused);
    expect(await client.call('PSUBSCRIBE', 'a'.repeat(4097))).toHaveProperty('text');
    expect(await client.call('PUBSUB', 'NUMSUB', 'a')).toEqual(['a', 0]);
  });
});
