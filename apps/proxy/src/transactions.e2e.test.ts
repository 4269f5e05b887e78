/** MULTI, EXEC and DISCARD as a client sees them: beside a plain server, and where one server is not all there is. */
import { describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { hold, holdOf, keyOf, metric, startReady, swapSlots } from './testing/scenes.ts';
import { talk } from './testing/talk.ts';
import { useProxyBesidePlain } from './testing/beside-plain.ts';

const beside = useProxyBesidePlain({
  flags: { 'transaction-commands-max': '500', 'transaction-bytes-max': '100000' },
});

const ask = (...lines: string[]): Promise<string> => talk(beside.address, lines);

describe('a transaction answers byte for byte as a plain server does', () => {
  it.each<[string, string[]]>([
    ['when all is well', ['DEL {a}1', 'MULTI', 'SET {a}1 x', 'GET {a}1', 'INCR {a}2', 'EXEC', 'DEL {a}2']],
    ['when it is empty', ['MULTI', 'EXEC']],
    ['when an element fails', ['SET {c}1 text', 'MULTI', 'LPUSH {c}1 x', 'INCR {c}2', 'EXEC', 'DEL {c}1 {c}2']],
    ['to DISCARD', ['MULTI', 'SET {d}1 x', 'DISCARD', 'GET {d}1', 'DISCARD']],
    ['to EXEC alone', ['EXEC']],
    ['when MULTI is nested', ['MULTI', 'MULTI', 'SET {e}1 x', 'EXEC', 'DEL {e}1']],
    ['to a command that is unknown', ['MULTI', 'SET {f}1 x', 'NOSUCH a b', 'SET {f}2 x', 'EXEC', 'EXISTS {f}1']],
    ['to a wrong number of arguments', ['MULTI', 'GET', 'SET {g}1 x', 'EXEC', 'EXEC', 'EXISTS {g}1', 'EXEC x', 'DISCARD x']],
    ['to an unknown subcommand', ['MULTI', 'CLIENT NOSUCH', 'EXEC']],
    ['to EXEC with arguments', ['MULTI', 'EXEC now', 'EXEC']],
    ['to keys that are malformed otherwise', ['MULTI', 'SET {g}1 x', 'LMPOP 0 {g}2 LEFT', 'ZUNION x {g}2', 'EVAL "return 1" 0', 'EXEC', 'DEL {g}1']],
    ['to SAVE and SHUTDOWN', ['MULTI', 'SAVE', 'SHUTDOWN', 'EXEC']],
    ['to keys that are malformed', ['MULTI', 'EVAL "return 1" x', 'PING', 'EXEC', 'PING']],
    ['to keys that cannot be found', ['MULTI', 'ZDIFF 2 {q}1', 'PFMERGE {q}2', 'ZINTER x {q}1', 'EXEC', 'DEL {q}2']],
    ['to what the proxy answers itself', ['MULTI', 'PING', 'SET {h}1 v', 'ECHO hello', 'CLIENT SETNAME me', 'CLIENT GETNAME', 'EXEC', 'CLIENT GETNAME', 'DEL {h}1']],
    ['to what only the proxy answers', ['MULTI', 'PING', 'CLIENT SETNAME me', 'UNWATCH', 'EXEC', 'CLIENT GETNAME']],
    ['when the name was for nothing', ['MULTI', 'CLIENT SETNAME me', 'DISCARD', 'CLIENT GETNAME']],
    ['when it selects', ['SET {i}1 zero', 'MULTI', 'GET {i}1', 'SELECT 3', 'SET {i}1 three', 'GET {i}1', 'EXEC', 'GET {i}1', 'DEL {i}1', 'SELECT 0', 'GET {i}1', 'DEL {i}1']],
    ['when it selects what is not there', ['MULTI', 'SELECT 99', 'SELECT x', 'SET {j}1 v', 'EXEC', 'DEL {j}1']],
    ['when it selects, and is discarded', ['MULTI', 'SELECT 3', 'DISCARD', 'SET {k}1 v', 'SELECT 0', 'DEL {k}1']],
    ['to QUIT inside', ['MULTI', 'SET {l}1 v', 'QUIT', 'EXEC']],
    ['to RESET inside', ['MULTI', 'SET {l}1 v', 'RESET', 'EXEC', 'GET {l}1']],
    ['to a script without keys', ['MULTI', 'EVAL "return {1,2}" 0', 'EXEC']],
    ['to a script with one', ['MULTI', 'EVAL "return redis.call(\'set\',KEYS[1],1)" 1 {n}', 'EXEC', 'DEL {n}']],
    ['to many of them', Array.from({ length: 40 }, (_, i) => ['MULTI', `SET {o${i}}1 v`, `GET {o${i}}1`, 'EXEC', `DEL {o${i}}1`]).flat()],
    ['between other commands', ['SET {p}1 a', 'GET {p}1', 'MULTI', 'GET {p}1', 'SET {p}1 b', 'EXEC', 'GET {p}1', 'DEL {p}1']],
  ])('%s', async (_name, lines) => {
    expect(await ask(...lines)).toBe(await talk(beside.plain, lines));
  }); // prettier-ignore

  it('in RESP3, with the types of RESP3', async () => {
    const lines = ['HELLO 3', 'MULTI', 'HSET {b}h a 1', 'HGETALL {b}h', 'PING', 'EXEC', 'DEL {b}h'];
    const [ours, theirs] = [await ask(...lines), await talk(beside.plain, lines)];
    expect(ours.slice(ours.indexOf('+OK'))).toBe(theirs.slice(theirs.indexOf('+OK')));
  });

  it('however the connection cuts it', async () => {
    const client = beside.under.client();
    await client.call('MULTI');
    expect(await client.call('SET', 'cut', '1')).toBe('QUEUED');
    expect(await client.call('GET', 'cut')).toBe('QUEUED');
    expect(await client.call('EXEC')).toEqual(['OK', '1']);
  });
});

describe('a transaction over shards', () => {
  it('stands in one slot, and is aborted else', async () => {
    const answer = await ask('MULTI', 'SET one 1', 'SET two 2', 'EXEC', 'EXISTS one', 'EXISTS two');
    expect(answer).toMatch(/^\+OK\r\n\+QUEUED\r\n-CROSSSLOT .*\r\n-EXECABORT .*\r\n:0\r\n:0\r\n/);
    expect(await ask('MULTI', 'MSET {s}1 1 {s}2 2', 'MGET {s}1 {s}2', 'EXEC')).toContain(
      '*2\r\n+OK',
    );
    expect(await ask('MULTI', 'MSET {s}1 1 other 2', 'EXEC')).toMatch(/-CROSSSLOT.*\r\n-EXECABORT/);
  });

  it.each([
    ['FLUSHALL', 'all shards'],
    ['FLUSHDB ASYNC', 'all shards'],
    ['KEYS *', 'all shards'],
    ['SCAN 0', 'all shards'],
    ['CONFIG SET hz 20', 'all shards'],
    ['SCRIPT LOAD "return 1"', 'all shards'],
    ['SCRIPT FLUSH', 'all shards'],
    ['FUNCTION FLUSH', 'all shards'],
    ['HELLO 3', 'the connection'],
    ['CLIENT REPLY OFF', 'the connection'],
    ['SUBSCRIBE c', 'the connection'],
    ['MONITOR', 'the connection'],
    ['COMMAND DOCS GET', 'the connection'],
  ])('refuses %s inside, says why, and EXEC does nothing', async (line, what) => {
    const answer = await ask('MULTI', 'SET {no}1 v', line, 'EXEC', 'EXISTS {no}1');
    const refused = `-ERR the proxy does not support '.*' inside MULTI: it concerns ${what}.*`;
    const aborted = '-EXECABORT Transaction discarded because of previous errors.';
    expect(answer).toMatch(new RegExp(`^\\+OK\r\n\\+QUEUED\r\n${refused}\r\n${aborted}\r\n:0\r\n`));
  });

  it('refuses inside what it refuses outside, for the same reason', async () => {
    expect(await ask('MULTI', 'SHUTDOWN NOW', 'SWAPDB 0 1', 'EXEC', 'PING')).toMatch(
      /^\+OK\r\n-ERR (.*not allowed.*|SHUTDOWN is not available .*)\r\n-ERR SWAPDB is not allowed in cluster mode\r\n-EXECABORT/,
    );
  });

  it('runs scripts by their digest at servers that lack them', async () => {
    const client = beside.under.client();
    const digest = (await client.script('LOAD', 'return redis.call("incr", KEYS[1])')) as string;
    await Promise.all(beside.under.servers.map((server) => talk(server, ['SCRIPT FLUSH'])));
    expect(await client.multi().evalsha(digest, 1, '{sha}').exec()).toEqual([[null, 1]]);
  });

  it('publishes at its own shard, and what is for a shard only there', async () => {
    const answer = await ask('MULTI', 'SET {s} 1', 'PUBLISH any hi', 'SPUBLISH {s}c hi', 'EXEC');
    expect(answer).toContain('*3\r\n+OK\r\n:0\r\n:0\r\n');
    expect(await ask('MULTI', 'SET {s} 1', 'SPUBLISH other hi', 'EXEC')).toMatch(/-CROSSSLOT/);
    expect(await ask('MULTI', 'PUBLISH __keyfleet:c hi', 'EXEC')).toMatch(/-ERR channels that/);
  });

  it('keeps our own keys to itself', async () => {
    expect(await ask('MULTI', 'GET __keyfleet:stamp', 'EXEC')).toMatch(
      /-ERR keys that begin.*\r\n-EXECABORT/,
    );
  });

  it('is bounded in commands and in bytes', async () => {
    const many = Array.from({ length: 501 }, () => 'INCR {many}');
    expect(await ask('MULTI', ...many, 'EXEC', 'EXISTS {many}')).toMatch(
      /-ERR The transaction is too large .*\r\n-EXECABORT .*\r\n:0\r\n/,
    );
    const large = `SET {large} ${'x'.repeat(60_000)}`;
    expect(await ask('MULTI', large, large, 'EXEC', 'EXISTS {large}')).toMatch(
      /\+QUEUED\r\n-ERR The transaction is too large .*\r\n-EXECABORT .*\r\n:0\r\n/,
    );
  });

  it('tells why the server refused a command that the proxy let through', async () => {
    await Promise.all(beside.under.servers.map(({ port }) => configure(port, 'maxmemory', '1')));
    try {
      const answer = await ask('MULTI', 'SET {oom}1 x', 'EXEC');
      expect(answer).toMatch(/\+QUEUED\r\n-EXECABORT Transaction discarded because of: OOM .*\r\n/);
    } finally {
      await Promise.all(beside.under.servers.map(({ port }) => configure(port, 'maxmemory', '0')));
    }
  });

  it('of several clients at once is never mixed', async () => {
    const clients = Array.from({ length: 8 }, () => beside.under.client());
    const runs = clients.map(async (client, i) => {
      for (let round = 0; round < 50; round++) {
        const mark = `${i}:${round}`;
        const multi = client.multi().set('{mix}', mark);
        for (let n = 0; n < 10; n++) multi.append('{mix}', '.');
        multi.get('{mix}');
        const replies = (await multi.exec())!;
        expect(replies.at(-1)).toEqual([null, `${mark}..........`]);
      }
    });
    const noise = beside.under.client();
    const disturb = (async () => {
      for (let n = 0; n < 300; n++) await noise.set('{mix}', 'noise');
    })();
    await Promise.all([...runs, disturb]);
  });
});

async function configure(port: number, name: string, value: string): Promise<void> {
  const server = beside.under.servers.find((each) => each.port === port)!;
  await talk(server, [`CONFIG SET ${name} ${value}`]);
}

describe('a large transaction', () => {
  it('goes as one, also beyond what may be in flight, and others go on', async () => {
    await using own = await startReady({ flags: { 'in-flight-max': '16' } });
    const clients = Array.from({ length: 4 }, () => own.client());
    const runs = clients.map((client, n) => {
      const multi = client.multi().set('{big}', `${n}:`);
      for (let i = 0; i < 2000; i++) multi.append('{big}', '.');
      return multi.get('{big}').exec();
    });
    const reads = Array.from({ length: 500 }, () => own.client().get('{big}'));
    const replies = await Promise.all(runs);
    replies.forEach((reply, n) => expect(reply!.at(-1)![1]).toBe(`${n}:${'.'.repeat(2000)}`));
    const whole = (value: string | null) => value === null || value.length === 2002;
    expect((await Promise.all(reads)).filter((value) => !whole(value))).toEqual([]);
  });

  it('carries large values both ways', async () => {
    await using own = await startReady();
    const client = own.client();
    const value = Buffer.alloc(5_000_000, 'v');
    const replies = await client.multi().set('{l}', value).getBuffer('{l}').strlen('{l}').exec();
    expect(replies!.map(([error]) => error)).toEqual([null, null, null]);
    expect((replies![1]![1] as Buffer).equals(value)).toBe(true);
    expect(replies![2]![1]).toBe(value.length);
    expect(await client.ping()).toBe('PONG');
  });

  it('that mixes with what the proxy answers does so too', async () => {
    await using own = await startReady();
    const client = own.client();
    const value = Buffer.alloc(300_000, 'v');
    const replies = await client
      .multi()
      .set('{l}', value)
      .client('GETNAME')
      .getBuffer('{l}')
      .exec();
    expect(replies![1]![1]).toBeNull();
    expect((replies![2]![1] as Buffer).equals(value)).toBe(true);
  });
});

describe('a transaction when something happens to its shard', () => {
  it('waits as a whole while its slot is held, and goes with the rest of its pipeline', async () => {
    await using own = await startReady();
    const client = own.client();
    const key = keyOf(own, 0);
    await hold(own, [holdOf()]);
    const executed = client.multi().set(key, 'a').append(key, 'b').exec();
    const behind = client.get(key);
    await eventually(async () => (await metric(own, 'parked_clients')) === 1);
    expect(await own.client().get(key)).toBeNull();
    await hold(own, []);
    expect(await executed).toEqual([
      [null, 'OK'],
      [null, 2],
    ]);
    expect(await behind).toBe('ab');
  });

  it('goes to whom the slot belongs by then', async () => {
    await using own = await startReady();
    const client = own.client();
    const key = keyOf(own, 0);
    await hold(own, [holdOf({ what: 'all' })]);
    const executed = client.multi().set(key, 'a').exec();
    await eventually(async () => (await metric(own, 'parked_clients')) === 1);
    swapSlots(own);
    expect(await executed).toEqual([[null, 'OK']]);
    expect(await talk(own.servers[0]!, [`EXISTS ${key}`])).toContain(':0');
    expect(await talk(own.servers[1]!, [`EXISTS ${key}`])).toContain(':1');
  });

  it('that waits too long is over: TRYAGAIN, and nothing was sent', async () => {
    await using own = await startReady({ flags: { 'hold-queue-ms': '100' } });
    const client = own.client();
    const key = keyOf(own, 0);
    await hold(own, [holdOf()]);
    await expect(client.multi().set(key, 'a').exec()).rejects.toThrow(/^TRYAGAIN/);
    expect(await client.get(key)).toBeNull();
    expect(await client.ping()).toBe('PONG');
  });

  it('has not what could not be looked up, and is aborted at EXEC, not before', async () => {
    await using own = await startReady({ shards: 1, flags: { 'hold-queue-ms': '100' } });
    await hold(own, [holdOf({ what: 'all' })]);
    const lines = ['MULTI', 'NO.SUCH', 'SET k v', 'EXEC', 'EXEC'];
    expect(await talk({ host: '127.0.0.1', port: own.proxy.port }, lines)).toMatch(
      /^\+OK\r\n-TRYAGAIN .*\r\n\+QUEUED\r\n-EXECABORT .*\r\n-ERR EXEC without MULTI\r\n/,
    );
  });

  it.each(['kill', 'freeze'])('is uncertain once it was sent: %s', async (how) => {
    await using own = await startReady({ flags: { 'server-silence-ms': '300' } });
    const [client, reader] = [own.client(), own.client()];
    const key = keyOf(own, 0);
    await Promise.all([client.get(key), reader.get(key)]);
    own.servers[0]!.pause();
    const written = client.multi().set(key, 'a').get(key).exec();
    written.catch(() => undefined);
    const read = reader.multi().get(key).exec();
    read.catch(() => undefined);
    await eventually(async () => (await metric(own, 'in_flight')) >= 7);
    if (how === 'kill') await own.servers[0]!.kill();
    await expect(written).rejects.toThrow(/^UNCERTAIN/);
    await expect(read).rejects.toThrow(/^CLUSTERDOWN .* before it answered this read/);
    if (how === 'freeze') own.servers[0]!.resume();
  });

  it('was not sent when its shard is away', async () => {
    await using own = await startReady({ flags: { 'hold-queue-ms': '200' } });
    await own.servers[0]!.kill();
    const client = own.client();
    await expect(client.multi().set(keyOf(own, 0), 'a').exec()).rejects.toThrow(/^CLUSTERDOWN/);
    expect(await client.multi().set(keyOf(own, 1), 'a').exec()).toEqual([[null, 'OK']]);
  });
});
