/** CLIENT TRACKING through the proxy: beside a plain server, and where one server is not all there is. */
import { startRedis, type ServerProcess } from '@keyfleet/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { startProxyUnderTest, type ProxyUnderTest } from './testing/proxy-under-test.ts';
import { LineClient } from './testing/line-client.ts';

let under: ProxyUnderTest;
let plain: ServerProcess;
beforeAll(async () => {
  under = await startProxyUnderTest({
    flags: { 'tracking-noloop-max': '2', 'subscriber-output-bytes-max': '65536' },
  });
  plain = await startRedis();
  // Ids of clients are not taken for other numbers.
  for (const address of [plain, { host: '127.0.0.1', port: under.proxy.port }]) {
    const many = Array.from({ length: 50 }, () => new LineClient(address));
    for (const client of many) await client.ask();
    many.forEach((client) => client.close());
  }
  await eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);
});
afterAll(async () => {
  await under[Symbol.asyncDispose]();
  await plain.stop();
});

const open: LineClient[] = [];
afterEach(() => open.splice(0).forEach((client) => client.close()));

function connect(where: 'proxy' | 'plain' = 'proxy'): LineClient {
  const proxyAddress = { host: '127.0.0.1', port: under.proxy.port };
  const client = new LineClient(where === 'plain' ? plain : proxyAddress);
  open.push(client);
  return client;
}

const push = (...keys: string[]): string =>
  `>2\r\n$10\r\ninvalidate\r\n*${keys.length}\r\n${keys.map((key) => `$${key.length}\r\n${key}\r\n`).join('')}`;
const PUSH_ALL = '>2\r\n$10\r\ninvalidate\r\n_\r\n';
/** One key on each shard. */
const KEYS = ['a', 'b', 'c'] as const;

/** Clients by name, each with the same one at a plain server. */
class Duet {
  readonly #pairs = new Map<
    string,
    { proxy: LineClient; plain: LineClient; ids: [string, string] }
  >();
  readonly #queueing = new Set<string>();

  /** `name: line`; then everybody has heard the same, through the proxy and of the plain server. */
  async play(step: string): Promise<void> {
    const [, name, line] = /^(\w+): (.*)$/.exec(step) as unknown as [string, string, string];
    const { proxy, plain: other } = await this.#pairOf(name);
    if (line === 'close') [proxy, other].forEach((client) => client.close());
    else [proxy, other].forEach((client, at) => client.say(this.#withIds(line, at as 0 | 1)));
    if (line === 'MULTI') this.#queueing.add(name);
    if (line === 'EXEC' || line === 'DISCARD') this.#queueing.delete(name);
    if (line.startsWith('HELLO')) return this.#forget(proxy, other);
    // A PING would be what it counts for.
    const isBefore = line.startsWith('CLIENT CACHING');
    for (const [of, pair] of this.#pairs)
      if (!isBefore && !this.#queueing.has(of) && !pair.plain.socket.destroyed)
        await pair.plain.ask();
    await expect
      .poll(() => this.#heard('proxy', step), { timeout: 5000 })
      .toEqual(this.#heard('plain', step));
  }

  async #pairOf(name: string) {
    const known = this.#pairs.get(name);
    if (known !== undefined) return known;
    const [proxy, other] = [connect('proxy'), connect('plain')];
    const ids = await Promise.all([proxy, other].map((client) => client.ask('CLIENT ID')));
    const pair = { proxy, plain: other, ids: ids.map((id) => id.slice(1, -2)) as [string, string] };
    proxy.heard = other.heard = '';
    this.#pairs.set(name, pair);
    return pair;
  }

  /** It says which server answers. */
  async #forget(...clients: LineClient[]): Promise<void> {
    for (const client of clients) {
      await client.ask();
      client.heard = '';
    }
  }

  #withIds(line: string, at: 0 | 1): string {
    return line.replaceAll(/<(\w+)>/g, (_, of: string) => this.#pairs.get(of)!.ids[at]);
  }

  #heard(where: 'proxy' | 'plain', step: string): string[] {
    const pairs = [...this.#pairs];
    return pairs.map(([name, pair]) =>
      pairs.reduce(
        (text, [of, { ids }]) =>
          text.replaceAll(`:${ids[where === 'proxy' ? 0 : 1]}\r\n`, `<${of}>`),
        `${step} > ${name}: ${pair[where].heard}`,
      ),
    );
  }
}

describe('clients hear byte for byte what a plain server tells them', () => {
  it.each<[string, string[]]>([
    ['of keys that they read', ['r: HELLO 3', 'r: CLIENT TRACKING ON', 'r: GET a', 'r: MGET b c', 'w: SET a 1', 'w: SET a 2', 'w: SET c 1', 'w: SET d 1', 'r: GET a', 'w: DEL a']],
    ['of their own writes', ['r: HELLO 3', 'r: CLIENT TRACKING ON', 'r: GET a', 'r: SET a 1', 'r: SET a 2']],
    ['but with NOLOOP', ['r: HELLO 3', 'r: CLIENT TRACKING ON NOLOOP', 'r: MGET a b', 'r: SET a 1', 'w: SET b 1', 'r: GET a', 'w: SET a 2']],
    ['of keys in databases', ['r: HELLO 3', 'r: CLIENT TRACKING ON', 'r: SELECT 2', 'r: GET a', 'w: SELECT 2', 'w: SET a 1', 'r: SELECT 0', 'r: GET a', 'w: SELECT 0', 'w: SET a 1']],
    ['when it is turned off', ['r: HELLO 3', 'r: CLIENT TRACKING ON', 'r: GET a', 'r: CLIENT TRACKING OFF', 'w: SET a 1', 'r: GET a', 'w: SET a 1']],
    ['when they reset', ['r: HELLO 3', 'r: CLIENT TRACKING ON', 'r: GET a', 'r: RESET', 'w: SET a 1', 'r: CLIENT TRACKINGINFO', 'r: GET a']],
    ['after they opted in', ['r: HELLO 3', 'r: CLIENT TRACKING ON OPTIN', 'r: GET a', 'r: CLIENT CACHING YES', 'r: GET b', 'r: GET c', 'w: SET a 1', 'w: SET b 1', 'w: SET c 1']],
    ['unless they opted out', ['r: HELLO 3', 'r: CLIENT TRACKING ON OPTOUT', 'r: GET a', 'r: CLIENT CACHING NO', 'r: GET b', 'r: GET c', 'w: SET a 1', 'w: SET b 1', 'w: SET c 1']],
    ['of what a transaction read', ['r: HELLO 3', 'r: CLIENT TRACKING ON', 'r: MULTI', 'r: GET a', 'r: EXEC', 'w: SET a 1']],
    ['of what a transaction wrote', ['r: HELLO 3', 'r: CLIENT TRACKING ON', 'r: GET a', 'r: MULTI', 'r: SET a 1', 'r: GET a', 'r: EXEC']],
    ['of nothing after DISCARD', ['r: HELLO 3', 'r: CLIENT TRACKING ON', 'r: MULTI', 'r: GET a', 'r: DISCARD', 'w: SET a 1']],
    ['of a transaction that opted in', ['r: HELLO 3', 'r: CLIENT TRACKING ON OPTIN', 'r: CLIENT CACHING YES', 'r: MULTI', 'r: GET a', 'r: GET {a}', 'r: EXEC', 'r: GET a', 'w: SET a 1', 'w: SET a 2']],
    ['when it is turned on in a transaction', ['r: HELLO 3', 'r: MULTI', 'r: CLIENT TRACKING ON', 'r: EXEC', 'r: GET a', 'w: SET a 1', 'r: MULTI', 'r: CLIENT TRACKING OFF', 'r: GET a', 'r: EXEC', 'w: SET a 1']],
    ['of what a script read', ['r: HELLO 3', 'r: CLIENT TRACKING ON', 'r: EVAL "return redis.call(\'GET\',KEYS[1])" 1 a', 'r: EVAL_RO "return redis.call(\'GET\',KEYS[1])" 1 b', 'w: SET a 1', 'w: SET b 1']],
    ['of a key that is read again and again', ['r: HELLO 3', 'r: CLIENT TRACKING ON', 's: HELLO 3', 's: CLIENT TRACKING ON', 'r: GET a', 's: GET a', 'r: GET a', 'w: SET a 1', 's: GET a', 'w: SET a 2', 'w: SET a 3']],
    ['of a key that expires', ['r: HELLO 3', 'r: CLIENT TRACKING ON', 'w: SET a 1', 'r: GET a', 'w: PEXPIRE a -1', 'r: GET a']],
    ['of all keys that begin so', ['r: HELLO 3', 'r: CLIENT TRACKING ON BCAST PREFIX foo: PREFIX bar:', 'w: SET foo:1 x', 'w: SET baz:1 x', 'w: SET bar:1 x', 'r: SET foo:2 x', 'r: CLIENT TRACKINGINFO']],
    ['of all keys', ['r: HELLO 3', 'r: CLIENT TRACKING ON BCAST', 'w: SET a x', 'w: SET b x', 'r: GET a', 'r: CLIENT TRACKING ON BCAST', 'w: SET a y', 'r: CLIENT TRACKING OFF', 'w: SET a z']],
    ['of all keys but those they wrote', ['r: HELLO 3', 'r: CLIENT TRACKING ON BCAST NOLOOP', 'w: SET a x', 'r: SET b x', 'w: SET c x']],
    ['over another connection', ['s: SUBSCRIBE __redis__:invalidate', 'r: CLIENT TRACKING ON REDIRECT <s>', 'r: CLIENT GETREDIR', 'r: CLIENT TRACKINGINFO', 'r: MGET a b', 'w: SET a 1', 'w: SET b 1', 'w: SET c 1']],
    ['over another connection, with RESP3', ['s: HELLO 3', 'r: HELLO 3', 'r: CLIENT TRACKING ON REDIRECT <s>', 'r: MGET a b', 'w: SET a 1', 'w: SET b 1', 'r: GET a', 'r: HELLO 2', 'r: GET b', 'w: SET b 2']],
    ['over another connection, of all keys', ['s: SUBSCRIBE __redis__:invalidate', 'r: CLIENT TRACKING ON BCAST PREFIX k REDIRECT <s>', 'w: SET k1 1', 'w: SET b 1', 'r: SET k2 1']],
    ['over another connection, but for what they wrote', ['s: SUBSCRIBE __redis__:invalidate', 'r: CLIENT TRACKING ON BCAST NOLOOP REDIRECT <s>', 'w: SET a 1', 'r: SET b 1', 'w: SET c 1', 'r: CLIENT TRACKING OFF', 'r: CLIENT TRACKING ON NOLOOP REDIRECT <s>', 'r: MGET a b', 'r: SET a 1', 'w: SET b 1']],
    ['nothing with RESP2 and nobody else to tell', ['r: CLIENT TRACKING ON', 'r: GET a', 'w: SET a 1', 'r: CLIENT TRACKINGINFO']],
    ['nothing to one who has not subscribed', ['s: PING', 'r: CLIENT TRACKING ON REDIRECT <s>', 'r: GET a', 'w: SET a 1']],
    ['that the other connection is gone', ['s: HELLO 3', 'r: HELLO 3', 'r: CLIENT TRACKING ON REDIRECT <s>', 'r: GET a', 's: close', 'w: SET a 1', 'r: CLIENT TRACKINGINFO']],
  ])('%s', async (_name, script) => {
    const duet = new Duet();
    for (const step of ['z: FLUSHALL', ...script]) await duet.play(step);
  }); // prettier-ignore

  const questions = [
    'CLIENT TRACKING',
    'CLIENT TRACKING foo',
    'CLIENT TRACKING on REDIRECT 99999999',
    'CLIENT TRACKING on REDIRECT x',
    'CLIENT TRACKING on REDIRECT',
    'CLIENT TRACKING on PREFIX a',
    'CLIENT TRACKING off PREFIX a',
    'CLIENT TRACKING on BCAST OPTIN',
    'CLIENT TRACKING on OPTIN OPTOUT',
    'CLIENT CACHING yes',
    'CLIENT CACHING',
    'CLIENT GETREDIR',
    'CLIENT TRACKINGINFO',
    'CLIENT TRACKING on OPTIN',
    'CLIENT TRACKING on OPTOUT',
    'CLIENT TRACKING on BCAST',
    'CLIENT CACHING no',
    'CLIENT CACHING foo',
    'CLIENT CACHING yes',
    'CLIENT TRACKINGINFO',
    'GET x',
    'CLIENT TRACKINGINFO',
    'CLIENT GETREDIR',
    'CLIENT TRACKING on NOLOOP',
    'CLIENT TRACKINGINFO',
    'CLIENT TRACKING off',
    'CLIENT TRACKING on BCAST PREFIX foo PREFIX bar',
    'CLIENT TRACKING on BCAST PREFIX foo',
    'CLIENT TRACKING on BCAST PREFIX foobar',
    'CLIENT TRACKING on BCAST PREFIX zoo',
    'CLIENT TRACKING on',
    'CLIENT TRACKINGINFO',
    'CLIENT TRACKING on BCAST',
    'CLIENT TRACKING on BCAST PREFIX x',
    'CLIENT TRACKING off',
    'CLIENT TRACKING on BCAST PREFIX a PREFIX ab',
    'CLIENT TRACKINGINFO',
  ];
  it.each([2, 3])('to questions, with RESP%d', async (version) => {
    const [one, other] = [connect('proxy'), connect('plain')];
    await Promise.all([one.ask(`HELLO ${version}`), other.ask(`HELLO ${version}`)]);
    for (const question of questions) {
      const [answer, wanted] = await Promise.all([one.ask(question), other.ask(question)]);
      expect(`${question}: ${answer}`).toBe(`${question}: ${wanted}`);
    }
  });
});

describe('over all shards', () => {
  const tracking = async (...options: string[]): Promise<LineClient> => {
    const client = connect();
    await client.ask('HELLO 3', ['CLIENT TRACKING ON', ...options].join(' '));
    client.heard = '';
    return client;
  };

  it('tells of what is written behind the proxy', async () => {
    const client = await tracking();
    await client.ask(`MGET ${KEYS.join(' ')}`);
    const servers = under.servers.map((server) => new LineClient(server));
    // Each is owner of one of them: it is enough that one of the writes is there.
    for (const server of servers) for (const key of KEYS) await server.ask(`SET ${key} x`);
    for (const key of KEYS) await client.hears(push(key));
    for (const server of servers) server.close();
  });

  it('says once that all keys changed, of which all shards tell', async () => {
    const client = await tracking();
    await client.ask(`MGET ${KEYS.join(' ')}`);
    await connect().ask('FLUSHALL');
    await client.hears(PUSH_ALL);
    await client.ask('GET a');
    await connect().ask('SET a 1');
    await client.hears(push('a'));
    expect(client.heard.split(PUSH_ALL)).toHaveLength(2);
  });

  it('tells of no keys of the platform, nor of what a shard has that it does not own', async () => {
    const client = await tracking('BCAST');
    const servers = under.servers.map((server) => new LineClient(server));
    for (const server of servers) await server.ask('SET __keyfleet:stamp 1', 'SET a x');
    await client.hears(push('a'));
    for (const server of servers) await server.ask('SET a y', 'DEL __keyfleet:stamp');
    await client.hears(push('a'), 2);
    for (const key of KEYS) await connect().ask(`SET ${key} last`);
    for (const key of ['b', 'c']) await client.hears(push(key));
    const heard = client.heard.split(/(?=>)/).toSorted();
    expect(heard).toEqual(['a', 'a', 'a', 'b', 'c'].map((key) => push(key)));
    for (const server of servers) {
      await server.ask('DEL a');
      server.close();
    }
  });

  it('shows it in CLIENT LIST', async () => {
    const client = await tracking('BCAST');
    expect(await client.ask('CLIENT INFO')).toMatch(/ flags=tB .* redir=0 /);
  });

  it('is counted in INFO by who tracks, not by how many servers tell of it', async () => {
    // Those of tests before are gone first.
    const counts = async (): Promise<string[]> => {
      const info = await connect().ask('INFO everything');
      return [...info.matchAll(/tracking_(clients|total_(?:keys|items|prefixes)):\d+/g)].map(
        ([text]) => text.replace('tracking_', ''),
      );
    };
    const told = async (want: string[]): Promise<void> =>
      expect.poll(counts, { timeout: 5000 }).toEqual(want);
    await told(['clients:0', 'total_keys:0', 'total_items:0', 'total_prefixes:0']);
    for (let i = 0; i < 2; i++) await tracking('BCAST PREFIX foo: PREFIX bar:');
    await told(['clients:2', 'total_keys:0', 'total_items:0', 'total_prefixes:2']);
    for (let i = 0; i < 2; i++) await (await tracking()).ask(`MGET ${KEYS.join(' ')}`);
    await told(['clients:4', 'total_keys:3', 'total_items:6', 'total_prefixes:2']);
  });

  it('tells clients with NOLOOP of their own writes where there are many of them', async () => {
    const [one, two, three] = [
      await tracking('NOLOOP'),
      await tracking('NOLOOP'),
      await tracking('NOLOOP'),
    ];
    for (const client of [one, two, three]) {
      await client.ask('GET a', 'SET a 1');
      if (client === three) await three.hears(push('a'));
      await client.ask('GET a');
    }
    await connect().ask('SET a 2');
    await three.hears(push('a'), 2);
    for (const client of [one, two]) await client.hears(push('a'));
    // One that leaves makes room.
    one.close();
    await eventually(async () => (await two.ask('CLIENT LIST')).split('flags=t ').length === 3);
    const four = await tracking('NOLOOP');
    await four.ask('GET b', 'SET b 1');
    await connect().ask('SET b 2');
    await four.ask('GET b');
    await connect().ask('SET b 3');
    await four.hears(push('b'));
    expect(four.heard.split(push('b'))).toHaveLength(2);
  });

  it('tells at once who waits in a blocking command', async () => {
    const client = await tracking();
    await client.ask('GET a');
    client.say('GET b', 'BLPOP {a}list 0');
    await eventually(async () => (await connect().ask('CLIENT LIST')).includes('flags=bt'));
    await connect().ask('SET a 1', 'SET b 1');
    await client.hears(push('a'));
    await client.hears(push('b'));
    await connect().ask('LPUSH {a}list x');
    await client.hears('$7\r\n{a}list');
  });

  /** The server that has a key. */
  const homeOf = async (key: string): Promise<{ server: ServerProcess; direct: LineClient }> => {
    for (const server of under.servers) {
      const direct = new LineClient(server);
      open.push(direct);
      if ((await direct.ask(`EXISTS ${key}`)) === ':1\r\n') return { server, direct };
    }
    throw new Error(`Cannot find ${key}: it is nowhere`);
  };

  it('does not wait for a shard that is slow, unless the old value does', async () => {
    const [client, writer] = [await tracking(), connect()];
    await writer.ask('SET a 1', 'SET b there');
    const [here, there] = [await homeOf('a'), await homeOf('b')];
    expect(here.server).not.toBe(there.server);
    await client.ask('GET a', 'GET b');
    client.heard = '';
    there.server.pause();
    client.say('GET b');
    await writer.ask('SET a 2');
    await client.hears(push('a'));
    expect(client.heard).toBe(push('a'));
    const hits = async (): Promise<string> =>
      /keyspace_hits:\d+/.exec(await here.direct.ask('INFO stats'))![0];
    const before = await hits();
    client.say('GET a');
    // Then it is answered, and waits for its turn.
    await eventually(async () => (await hits()) !== before);
    await writer.ask('SET a 3', 'GET a');
    there.server.resume();
    await client.hears(push('a'), 2);
    const afterwards = `$5\r\nthere\r\n$1\r\n2\r\n${push('a')}`;
    expect(client.heard).toBe(push('a') + afterwards);
  });

  it('closes a client that does not read what it is told', async () => {
    const [client, writer] = [await tracking('BCAST', 'PREFIX', 'long:'), connect()];
    const id = (await client.ask('CLIENT ID')).slice(1, -2);
    const isThere = async (): Promise<boolean> =>
      (await writer.ask(`CLIENT LIST ID ${id}`)).includes(`id=${id} `);
    expect(await isThere()).toBe(true);
    client.socket.pause();
    const tail = 'x'.repeat(30_000);
    await eventually(async () => {
      await writer.ask(...Array.from({ length: 20 }, (_, i) => `SET long:${i}:${tail} 1`));
      return !(await isThere());
    });
  });

  it('has all forgotten that a transaction read which turned it on', async () => {
    const client = connect();
    await client.ask('HELLO 3', 'MULTI', 'CLIENT TRACKING ON', 'GET none', 'EXEC');
    await client.hears(`*2\r\n+OK\r\n_\r\n${PUSH_ALL}`);
  });

  it('has what is read over a private connection forgotten at once', async () => {
    const client = await tracking();
    await client.ask('WATCH {a}1', 'MULTI', 'GET {a}1', 'EXEC');
    await client.hears(`*1\r\n_\r\n${push('{a}1')}`);
    await client.ask('CLIENT TRACKING OFF', 'WATCH {a}2', 'CLIENT TRACKING ON');
    await client.ask('MULTI', 'GET {a}2', 'EXEC');
    await client.hears(`*1\r\n_\r\n${push('{a}2')}`);
    client.say('XREAD BLOCK 1 STREAMS {a}s 0');
    await client.hears(`_\r\n${push('{a}s')}`);
  });
});
