/** Commands that our table does not know, but the servers do: renamed ones stand for those of modules. */
import { createConnection } from 'node:net';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import {
  startProxyUnderTest,
  type Options,
  type ProxyUnderTest,
} from './testing/proxy-under-test.ts';

/** By the name that the servers have them under. */
const RENAMED = {
  'my.get': 'GET',
  'my.set': 'SET',
  'my.mget': 'MGET',
  'my.zunion': 'ZUNION',
  'my.object': 'OBJECT',
  'my.sort': 'SORT',
  'my.blpop': 'BLPOP',
  'my.keys': 'KEYS',
};
const args = Object.entries(RENAMED).flatMap(([name, was]) => ['--rename-command', was, name]);

async function start(options: Options = {}): Promise<ProxyUnderTest> {
  const under = await startProxyUnderTest({ serverArgs: args, ...options });
  await eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);
  return under;
}

/** Everything that one connection hears that says `lines` at once, and then QUIT. */
function talk({ proxy }: ProxyUnderTest, ...lines: string[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = createConnection({ host: '127.0.0.1', port: proxy.port });
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('end', () => resolve(answer.split('\r\n').slice(0, -2)));
    socket.on('error', reject);
    socket.write(`${[...lines, 'QUIT'].join('\r\n')}\r\n`);
  });
}

const asked = async ({ servers }: ProxyUnderTest): Promise<number> => {
  const stats = await Promise.all(
    servers.map(async ({ host, port }) => {
      const client = new Redis({ host, port });
      const info = await client.info('commandstats');
      client.disconnect();
      return Number(/^cmdstat_command\|info:calls=(\d+)/m.exec(info)?.[1] ?? 0);
    }),
  );
  return stats.reduce((sum, calls) => sum + calls, 0);
};

describe('a command that only the servers know', () => {
  it('goes to the shard of its keys, wherever these stand', async () => {
    await using under = await start();
    for (let i = 0; i < 20; i++) {
      expect(await talk(under, `MY.SET key:${i} v${i}`, `my.get key:${i}`)).toEqual(['+OK', `$${`v${i}`.length}`, `v${i}`]);
    }
    expect(await talk(under, 'ZADD {z}1 1 m', 'my.zunion 2 {z}1 {z}2', 'my.object encoding {z}1')).toEqual([
      ':1', '*1', '$1', 'm', '$8', 'listpack',
    ]);
    // Asked once for each name, by all clients together.
    expect(await asked(under)).toBe(4);
  });

  it('has its place among the other commands of its client', async () => {
    await using under = await start();
    const lines = ['PING', 'my.set a 1', 'INCR a', 'my.get a', 'PING'];
    expect(await talk(under, ...lines)).toEqual(['+PONG', '+OK', ':2', '$1', '2', '+PONG']);
  });

  it('must have its keys in one slot', async () => {
    await using under = await start();
    expect(await talk(under, 'my.mget {t}1 {t}2', 'my.mget one two')).toEqual([
      '*2', '$-1', '$-1', "-CROSSSLOT Keys in request don't hash to the same slot",
    ]);
    expect(await talk(under, 'my.get __keyfleet:stamp')).toEqual([expect.stringMatching(/^-ERR keys that begin with/)]);
    expect(await talk(under, 'my.get')).toEqual(["-ERR wrong number of arguments for 'my.get' command"]);
  });

  it('may stand in a transaction', async () => {
    await using under = await start();
    expect(await talk(under, 'MULTI', 'my.set {m}1 v', 'my.get {m}1', 'EXEC')).toEqual([
      '+OK', '+QUEUED', '+QUEUED', '*2', '+OK', '$1', 'v',
    ]);
    expect((await talk(under, 'MULTI', 'my.nosuch x', 'EXEC')).at(-1)).toMatch(/^-EXECABORT/);
  });

  it.each([
    ['blocks', 'my.blpop list 0', 'MY.BLPOP', 'it blocks, '],
    ['has code of its own to find keys', 'my.sort list', 'MY.SORT', 'the server does not tell where '],
    ['has no keys', 'my.keys *', 'MY.KEYS', 'it names no key, '],
  ])('is refused where it %s', async (_why, line, name, reason) => {
    await using under = await start();
    const [error] = await talk(under, line);
    expect(error).toContain(`-ERR ${name} is not available through the proxy: ${reason}`);
  });
}); // prettier-ignore

describe('a command that nobody knows', () => {
  it('is asked for once, and answered as ever', async () => {
    await using under = await start();
    const answer = "-ERR unknown command 'nosuch', with args beginning with: 'a' ";
    for (let i = 0; i < 3; i++) expect(await talk(under, 'nosuch a')).toEqual([answer]);
    expect(await asked(under)).toBe(1);
    const long = 'x'.repeat(100);
    expect(await talk(under, long)).toEqual([
      `-ERR unknown command '${long}', with args beginning with: `,
    ]);
    expect(await asked(under)).toBe(1);
  });

  it('is neither known nor unknown while no server answers', async () => {
    await using under = await start({ shards: 1, flags: { 'hold-queue-ms': '300' } });
    under.servers[0]!.pause();
    const answer = talk(under, 'my.get a', 'PING');
    await eventually(async () => ((await under.admin('/clients')) as unknown[]).length === 1);
    await under.servers[0]!.kill();
    expect(await answer).toEqual([expect.stringMatching(/^-CLUSTERDOWN/), '+PONG']);
  });
});
