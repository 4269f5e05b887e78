/** What one does first with a new platform: the tools that come with Redis, and bytes typed into a socket. */
import { describe, expect, it } from 'vitest';
import { usePlatform } from './platform.ts';
import { run } from './program.ts';
import { RawClient, serverOf } from './raw-client.ts';

const platform = usePlatform();

async function redisCli(...args: string[]): Promise<string> {
  const port = String(platform.current.port);
  const { stdout, stderr } = await run('redis-cli', ['-p', port, ...args], { timeoutMs: 10_000 });
  expect(stderr).toBe('');
  return stdout.trim();
}

describe('redis-cli', () => {
  it('sets and gets', async () => {
    expect(await redisCli('SET', 'greeting', 'hello')).toBe('OK');
    expect(await redisCli('GET', 'greeting')).toBe('hello');
  });

  it('speaks RESP3', async () => {
    await redisCli('HSET', 'h', 'f', 'v');
    expect(await redisCli('-3', '--json', 'HGETALL', 'h')).toBe('{"f":"v"}');
  });

  it('takes commands as they are typed, for which it reads the docs of all commands', async () => {
    const port = String(platform.current.port);
    const input = [Buffer.from('MULTI\nSET typed 1\nINCR typed\nEXEC\n')];
    const { stdout, stderr } = await run('redis-cli', ['-p', port], { input, timeoutMs: 10_000 });
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n')).toEqual(['OK', 'QUEUED', 'QUEUED', 'OK', '2']);
  });

  it('sees errors as errors', async () => {
    await redisCli('SET', 'text', 'not a number');
    expect(await redisCli('INCR', 'text')).toBe('ERR value is not an integer or out of range');
    expect(await redisCli('NOSUCH', 'x')).toContain("ERR unknown command 'NOSUCH'");
  });
});

describe('bytes typed into a socket', () => {
  it.each([
    ['a command', 'PING\r\n', [{ type: 'status', text: 'PONG' }]],
    ['a bare line feed', 'PING\n', [{ type: 'status', text: 'PONG' }]],
    ['quotes', 'SET inline "two words\\x21"\r\nGET inline\r\n', [{ text: 'OK' }, 'two words!']],
    ['blank lines, which are nothing', '\r\n\r\nECHO  a\r\n', ['a']],
    [
      'inline and multibulk mixed',
      'ECHO a\r\n*2\r\n$4\r\nECHO\r\n$1\r\nb\r\nECHO c\r\n',
      ['a', 'b', 'c'],
    ],
    [
      'keys of several shards',
      'MSET i1 1 i2 2 i3 3\r\nMGET i3 i2 i1 i0\r\n',
      [{ text: 'OK' }, ['3', '2', '1', null]],
    ],
    [
      'a wrong quote',
      'GET "open\r\n',
      [{ text: 'ERR Protocol error: unbalanced quotes in request' }],
    ],
  ])('%s', async (_name, bytes, replies) => {
    using client = await RawClient.connect(platform.current);
    expect(await client.send(bytes, replies.length)).toMatchObject(replies);
  });

  it('one byte at a time', async () => {
    using client = await RawClient.connect(platform.current);
    const reply = client.send('', 1);
    for (const byte of 'SET slow "byte by byte"\r\n') {
      await new Promise((resolve) => client.socket.write(byte, resolve));
    }
    expect(await reply).toMatchObject([{ text: 'OK' }]);
    expect(await client.call('GET', 'slow')).toBe('byte by byte');
  });

  it('QUIT says OK and closes', async () => {
    using client = await RawClient.connect(platform.current);
    const closed = new Promise((resolve) => client.socket.once('close', resolve));
    expect(await client.send('QUIT\r\n', 1)).toMatchObject([{ text: 'OK' }]);
    await closed;
  });
});

describe('a long request behind others', () => {
  const long = 'x'.repeat(2_000_000);
  const gets = Array.from({ length: 5_000 }, () => ['GET', 'none']);
  it.each([
    ['that fill the window', gets],
    [
      'of which one waits for the others',
      [
        ['GET', 'none'],
        ['HELLO', '3'],
      ],
    ],
  ])('%s', async (_name, before) => {
    using client = await RawClient.connect(platform.current);
    const replies = await client.pipeline([...before, ['SET', 'long', long], ['STRLEN', 'long']]);
    expect(replies.at(-1)).toBe(long.length);
  });
});

describe('redis-benchmark', () => {
  const tests = 'set,get,incr,lpush,rpush,lpop,rpop,sadd,hset,spop,zadd,zpopmin,lrange,mset';

  it('runs clean', async () => {
    const args = [
      '-p',
      String(platform.current.port),
      '-t',
      tests,
      ...'-P 16 -q -n 20000'.split(' '),
    ];
    const outcome = await run('redis-benchmark', args, { timeoutMs: 100_000 });
    expect(outcome.output).not.toMatch(/error|warning/i);
    expect(outcome.exitCode).toBe(0);
    // One line per test, and four for LRANGE with the LPUSH that it needs.
    expect(outcome.stdout.match(/requests per second/g)).toHaveLength(18);
  }, 120_000);

  it('spreads random keys over the shards', async () => {
    const args = '-t set -r 30000 -n 20000 -P 16 -q'.split(' ');
    await run('redis-benchmark', ['-p', String(platform.current.port), ...args], {
      timeoutMs: 60_000,
    });
    const { shards } = await platform.current.status();
    const sizes = await Promise.all(
      shards.map(async ({ primary }) => {
        using server = await RawClient.connect(serverOf(primary!.address));
        return Number(await server.call('DBSIZE'));
      }),
    );
    const all = sizes.reduce((sum, size) => sum + size, 0);
    expect(all).toBeGreaterThan(10_000);
    for (const size of sizes) expect(size).toBeGreaterThan(all / 4);
  }, 90_000);
});
