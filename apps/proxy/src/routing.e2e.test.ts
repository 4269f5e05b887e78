import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProxyUnderTest, type ProxyUnderTest } from './testing/proxy-under-test.ts';
import { eventually } from './testing/eventually.ts';

let under: ProxyUnderTest;
beforeAll(async () => {
  under = await startProxyUnderTest();
  await eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);
});
afterAll(() => under[Symbol.asyncDispose]());

/** Everything that comes back within one connection that sends `text` and is then closed by QUIT. */
function talk(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = createConnection({ host: '127.0.0.1', port: under.proxy.port });
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
    socket.write(text);
  });
}

describe('one key', () => {
  it('goes to the shard of its slot, and comes back', async () => {
    const client = under.client();
    for (let i = 0; i < 100; i++) await client.set(`key:${i}`, `value:${i}`);
    for (let i = 0; i < 100; i++) expect(await client.get(`key:${i}`)).toBe(`value:${i}`);
    expect(await client.get('absent')).toBeNull();
  });

  it('keeps the order of replies in a pipeline over all shards', async () => {
    const client = under.client();
    const pipeline = client.pipeline();
    for (let i = 0; i < 10_000; i++) pipeline.set(`p:${i}`, i);
    for (let i = 0; i < 10_000; i++) pipeline.get(`p:${i}`);
    const replies = (await pipeline.exec())!;
    for (let i = 0; i < 10_000; i++) expect(replies[10_000 + i]).toEqual([null, String(i)]);
  });

  it('carries values of several megabytes', async () => {
    const client = under.client();
    const value = Buffer.alloc(5_000_000, 'x');
    await client.set('large', value);
    expect((await client.getBuffer('large'))!.equals(value)).toBe(true);
  });

  it('carries large values of several clients at once, to each its own', async () => {
    const values = Array.from({ length: 8 }, (_, i) => Buffer.alloc(300_000 + i, `${i}`));
    const clients = values.map(() => under.client());
    for (let round = 0; round < 5; round++) {
      const wanted = values.map((_, i) => values[(i + round) % values.length]!);
      await Promise.all(clients.map((client, i) => client.set(`large:${i}`, wanted[i]!)));
      const got = await Promise.all(clients.map((client, i) => client.getBuffer(`large:${i}`)));
      expect(got.map((value, i) => value!.equals(wanted[i]!))).toEqual(wanted.map(() => true));
    }
  });
});

describe('several keys', () => {
  it('MSET and MGET over all shards, in the order of the keys, nil where there is none', async () => {
    const client = under.client();
    const keys = Array.from({ length: 200 }, (_, i) => `m:${i}`);
    expect(await client.mset(Object.fromEntries(keys.map((key, i) => [key, `v${i}`])))).toBe('OK');
    const asked = keys.flatMap((key, i) => (i % 10 === 0 ? [key, `absent:${i}`, key] : [key]));
    const want = keys.flatMap((_, i) => (i % 10 === 0 ? [`v${i}`, null, `v${i}`] : [`v${i}`]));
    expect(await client.mget(asked)).toEqual(want);
  });

  it('DEL, UNLINK, EXISTS and TOUCH add up', async () => {
    const client = under.client();
    await client.mset('d:1', '1', 'd:2', '2', 'd:3', '3', 'd:4', '4');
    expect(await client.exists('d:1', 'd:2', 'd:3', 'd:4', 'd:5', 'd:1')).toBe(5);
    expect(await client.touch('d:1', 'd:2', 'd:5')).toBe(2);
    expect(await client.unlink('d:1', 'd:5')).toBe(1);
    expect(await client.del('d:1', 'd:2', 'd:3', 'd:4')).toBe(3);
  });

  it('of one slot go through, of several are refused with the error of Redis', async () => {
    const client = under.client();
    await client.sadd('{t}a', 'x', 'y');
    await client.sadd('{t}b', 'y', 'z');
    expect(await client.sinter('{t}a', '{t}b')).toEqual(['y']);
    await expect(client.sinter('a', 'b')).rejects.toThrow(
      "CROSSSLOT Keys in request don't hash to the same slot",
    );
    await expect(client.rename('a', 'b')).rejects.toThrow('CROSSSLOT');
    expect(await client.eval("return redis.call('get', KEYS[1])", 1, 'key:1')).toBe('value:1');
  });

  it.each([
    ['ZDIFF 2 a', 'ERR syntax error'],
    ['ZINTERSTORE a 0 b', "ERR at least 1 input key is needed for 'zinterstore' command"],
    ['LMPOP 0 a LEFT', 'ERR numkeys should be greater than 0'],
    ['ZUNIONSTORE __keyfleet:x abc a', "ERR keys that begin with '__keyfleet:' are reserved"],
  ])('of %s, whose keys cannot be found, the server says what is wrong', async (text, error) => {
    const [name, ...rest] = text.split(' ');
    await expect(under.client().call(name!, ...rest)).rejects.toThrow(error);
  });

  it('PFMERGE makes its key where the key is read, also with nothing to merge', async () => {
    const client = under.client();
    for (const key of ['merged:1', 'merged:2', 'merged:3']) {
      expect(await client.call('PFMERGE', key)).toBe('OK');
      expect(await client.exists(key)).toBe(1);
    }
  });

  it('an odd MSET is refused like by Redis', async () => {
    await expect(under.client().call('MSET', 'a', '1', 'b')).rejects.toThrow(
      "ERR wrong number of arguments for 'mset' command",
    );
  });
});

describe('the handshake', () => {
  it('speaks inline commands', async () => {
    const answer = await talk(
      'PING\r\nset inline:1 "two words"\r\nget inline:1\r\nECHO hi\r\nQUIT\r\n',
    );
    expect(answer).toBe('+PONG\r\n+OK\r\n$9\r\ntwo words\r\n$2\r\nhi\r\n+OK\r\n');
  });

  it('HELLO 3 serves over RESP3, HELLO 2 goes back', async () => {
    const answer = await talk(
      'HELLO 3\r\nHSET h f v\r\nHGETALL h\r\nHELLO 2 SETNAME me\r\nHGETALL h\r\nCLIENT GETNAME\r\nQUIT\r\n',
    );
    expect(answer).toMatch(/^%7\r\n\$6\r\nserver\r\n\$5\r\nredis/);
    expect(answer).toContain('%1\r\n$1\r\nf\r\n$1\r\nv\r\n*14\r\n');
    expect(answer).toMatch(/\*2\r\n\$1\r\nf\r\n\$1\r\nv\r\n\$2\r\nme\r\n\+OK\r\n$/);
  });

  it('answers with the errors of Redis', async () => {
    const client = under.client();
    await expect(client.call('FOO', 'a', 'b')).rejects.toThrow(
      "ERR unknown command 'FOO', with args beginning with: 'a' 'b'",
    );
    await expect(client.call('GET')).rejects.toThrow(
      "ERR wrong number of arguments for 'get' command",
    );
    await expect(client.call('CLIENT', 'NOPE')).rejects.toThrow(
      "ERR unknown subcommand 'NOPE'. Try CLIENT HELP.",
    );
    await expect(client.call('HELLO', '4')).rejects.toThrow('NOPROTO unsupported protocol version');
    for (const no of ['99999999999999999999', '03', '+3', 'x'])
      await expect(client.call('HELLO', no)).rejects.toThrow('Protocol version is not an integer');
    await expect(client.call('AUTH', 'secret')).rejects.toThrow(
      'ERR AUTH <password> called without any password',
    );
    await expect(client.call('SELECT', '16')).rejects.toThrow('ERR DB index is out of range');
    await expect(client.set('__keyfleet:stamp', '1')).rejects.toThrow(
      "ERR keys that begin with '__keyfleet:'",
    );
    await expect(client.mget('a', '__keyfleet:stamp')).rejects.toThrow(
      "ERR keys that begin with '__keyfleet:'",
    );
    expect(await talk('*1\r\n+GET\r\n')).toBe("-ERR Protocol error: expected '$', got '+'\r\n");
  });

  it('COMMAND tells what the table knows', async () => {
    const client = under.client();
    expect(await client.call('COMMAND', 'COUNT')).toBeGreaterThan(200);
    expect(await client.call('COMMAND', 'GETKEYS', 'MSET', 'a', '1', 'b', '2')).toEqual(['a', 'b']);
    const [get] = (await client.call('COMMAND', 'INFO', 'GET')) as unknown[][];
    expect(get!.slice(0, 2)).toEqual(['get', 2]);
    const docs = (await client.call('COMMAND', 'DOCS', 'GET')) as unknown[];
    expect(docs[0]).toBe('get');
  });
});

describe('databases', () => {
  it('are each other’s strangers, also in one pipeline over all shards', async () => {
    const client = under.client();
    const pipeline = client.pipeline();
    for (const database of [3, 0, 15]) {
      pipeline.select(database);
      for (let i = 0; i < 20; i++) pipeline.get(`db:${i}`).set(`db:${i}`, database).get(`db:${i}`);
    }
    const replies = (await pipeline.exec())!.map(([, reply]) => reply);
    const wanted = [3, 0, 15].flatMap((database) => [
      'OK',
      ...Array.from({ length: 20 }, () => [null, 'OK', String(database)]).flat(),
    ]);
    expect(replies).toEqual(wanted);
  });

  it('are the server’s to move and copy keys between', async () => {
    const client = under.client();
    await client.set('moved', 'm');
    await client.set('copied', 'c');
    expect(await client.move('moved', 7)).toBe(1);
    expect(await client.copy('copied', 'copied', 'DB', 7)).toBe(1);
    await client.select(7);
    expect(await Promise.all([client.get('moved'), client.get('copied')])).toEqual(['m', 'c']);
    expect(await client.client('INFO')).toContain(' db=7 ');
  });
});
