/** A script that runs for longer than a server lets others wait: who hears of it, who does not, and what is lost (nothing). */
import { loadSettings } from '@keyfleet/runtime';
import { startRedis, temporaryDirectory, type ServerProcess } from '@keyfleet/testkit';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { proxySettings } from './settings.ts';
import { eventually } from './testing/eventually.ts';
import {
  runIdOf,
  startQuietProxy,
  type Options,
  type ProxyUnderTest,
} from './testing/proxy-under-test.ts';
import { startReady } from './testing/scenes.ts';

const BUSY =
  'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.';
const BUSY_FUNCTION =
  'BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.';
const ENDLESS = 'while true do end';
const KILLED = /Script killed by user/;
/** Of the third, the first and the second shard; what has no keys is of the first. */
const [THIRD, FIRST, SECOND] = ['a', 'b', 'c'] as const;
const AT_ONCE = ['--busy-reply-threshold', '10'];

let under: ProxyUnderTest;
let direct: Redis[] = [];
afterEach(async () => {
  for (const redis of direct) redis.disconnect();
  direct = [];
  await under[Symbol.asyncDispose]();
});

async function start(options: Options = {}): Promise<Redis> {
  under = await startReady({ serverArgs: AT_ONCE, ...options });
  return under.client();
}

function to({ host, port }: { host: string; port: number }): Redis {
  const redis = new Redis({ host, port, enableReadyCheck: false, retryStrategy: () => null });
  redis.on('error', () => undefined);
  direct.push(redis);
  return redis;
}

async function said(redis: Redis, ...[name, ...args]: string[]): Promise<unknown> {
  try {
    return await redis.call(name!, ...args);
  } catch (error) {
    return (error as Error).message;
  }
}

/** Without a command that could wait behind the script: what is queued is not sent. */
async function untilBusy(redis: Redis, key: string): Promise<void> {
  await said(redis, 'MULTI');
  await eventually(async () => /^BUSY /.test(String(await said(redis, 'GET', key))));
  await said(redis, 'DISCARD');
}

async function untilFree(redis: Redis, key: string): Promise<void> {
  await eventually(async () => !/^BUSY /.test(String(await said(redis, 'GET', key))));
}

async function lossesOf(): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${under.proxy.adminPort}/metrics`)).text();
  return Number(/^keyfleet_proxy_server_losses\S* (\d+)/m.exec(metrics)![1]);
}

describe('while a shard runs a script', () => {
  it('its commands hear what the server says, and others go on, until SCRIPT KILL', async () => {
    const client = await start();
    await client.set(FIRST, '1');
    const endless = said(under.client(), 'EVAL', ENDLESS, '1', FIRST);
    await untilBusy(client, FIRST);
    const refused = [
      ['GET', FIRST],
      ['SET', FIRST, '2'],
      ['MGET', FIRST, SECOND],
      ['MSET', SECOND, '2', FIRST, '2'],
      ['EVAL', 'return 1', '1', FIRST],
      ['EVAL', 'return 1', '0'],
      ['BLPOP', FIRST, '0'],
      ['WATCH', FIRST],
      ['PING'],
    ];
    for (const command of refused) expect([command, await said(client, ...command)]).toEqual([command, BUSY]); // prettier-ignore
    expect(await said(client, 'DBSIZE')).toMatch(/^BUSY .*shard-0/);
    expect(await said(client, 'EXISTS', SECOND)).toBe(0);
    expect(await said(client, 'SET', SECOND, '3')).toBe('OK');
    expect(await said(client, 'GET', THIRD)).toBeNull();
    expect(await said(client, 'SCRIPT', 'KILL')).toBe('OK');
    expect(await endless).toMatch(KILLED);
    await untilFree(client, FIRST);
    expect(await said(client, 'GET', FIRST)).toBe('1');
    expect(await said(client, 'PING')).toBe('PONG');
    expect(await lossesOf()).toBe(0);
  });

  it('what was sent behind it is answered when it ends, once', async () => {
    const client = await start();
    const other = under.client();
    await Promise.all([client.ping(), other.ping()]);
    const endless = said(client, 'EVAL', ENDLESS, '1', FIRST);
    const behind = [
      said(client, 'INCR', FIRST),
      said(client, 'INCR', FIRST),
      said(client, 'GET', FIRST),
    ];
    const counted = [said(other, 'INCR', FIRST)];
    await untilBusy(under.client(), FIRST);
    for (let i = 0; i < 20; i++) counted.push(said(other, 'INCR', FIRST));
    // Before its script is answered nothing is.
    expect(await said(under.client(), 'SCRIPT', 'KILL')).toBe('OK');
    expect(await endless).toMatch(KILLED);
    await Promise.all(behind);
    const answers = await Promise.all([...counted, ...behind.slice(0, 2)]);
    const done = answers.filter((answer) => typeof answer === 'number');
    expect(answers.filter((answer) => answer !== BUSY)).toEqual(done);
    await untilFree(client, FIRST);
    expect(await client.get(FIRST)).toBe(String(done.length));
    expect(done.length).toBeGreaterThanOrEqual(2);
  });

  it('whoever ran it never hears of it behind its reply', async () => {
    const client = await start();
    const other = under.client();
    const slow = `local from = redis.call('time')
      repeat local now = redis.call('time') until (now[1] - from[1]) * 1e6 + now[2] - from[2] > 150000
      return redis.call('incr', KEYS[1])`;
    let isOver = false;
    let heard = 0;
    const asking = (async () => {
      while (!isOver) {
        await said(other, 'MULTI');
        if ((await said(other, 'GET', FIRST)) === BUSY) heard++;
        await said(other, 'DISCARD');
      }
    })();
    for (let i = 1; i <= 8; i++) {
      expect(await client.eval(slow, 1, FIRST)).toBe(i);
      expect(await client.get(FIRST)).toBe(String(i));
      expect(await client.ping()).toBe('PONG');
    }
    isOver = true;
    await asking;
    expect(heard).toBeGreaterThan(0);
  });

  it('a function is told of by FUNCTION STATS, and killed by FUNCTION KILL alone', async () => {
    const client = await start();
    const library = `#!lua name=l\nredis.register_function('f', function() ${ENDLESS} end)`;
    await client.call('FUNCTION', 'LOAD', library);
    const endless = said(under.client(), 'FCALL', 'f', '0');
    await untilBusy(client, FIRST);
    expect(await said(client, 'PING')).toBe(BUSY_FUNCTION);
    expect(JSON.stringify(await said(client, 'FUNCTION', 'STATS'))).toContain('"name","f"');
    expect(await said(client, 'SCRIPT', 'KILL')).toBe(BUSY_FUNCTION);
    expect(await said(client, 'FUNCTION', 'KILL')).toBe('OK');
    expect(await endless).toMatch(KILLED);
    await untilFree(client, FIRST);
  });

  it('a connection that is new waits for it, and is none to a server that is lost', async () => {
    const client = await start();
    await client.set(FIRST, '1');
    const [server] = under.servers as [ServerProcess];
    // From elsewhere: the proxy has no line to that server yet.
    const endless = said(to(server), 'EVAL', ENDLESS, '0');
    const look = to(server);
    await eventually(async () => (await said(look, 'PING')) === BUSY);
    const elsewhere = under.client();
    await elsewhere.select(3);
    expect(await said(elsewhere, 'GET', FIRST)).toBe(BUSY);
    expect(await said(client, 'GET', FIRST)).toBe(BUSY);
    expect(await said(client, 'BLPOP', FIRST, '0')).toBe(BUSY);
    expect(await said(client, 'SCRIPT', 'KILL')).toBe('OK');
    expect(await endless).toMatch(KILLED);
    await untilFree(elsewhere, FIRST);
    await untilFree(client, FIRST);
    expect(await elsewhere.set(FIRST, '3')).toBe('OK');
    expect(await client.get(FIRST)).toBe('1');
    expect(await lossesOf()).toBe(0);
  });

  it('a proxy that starts is ready, tells of it, and ends it', async () => {
    await start();
    const [server] = under.servers as [ServerProcess];
    const endless = said(to(server), 'EVAL', ENDLESS, '0');
    const look = to(server);
    await eventually(async () => (await said(look, 'PING')) === BUSY);
    await using stack = new AsyncDisposableStack();
    const state = stack.use(await temporaryDirectory());
    const argv = [
      '--port',
      '0',
      '--admin-port',
      '0',
      '--proxy-id',
      'proxy-1',
      '--state-dir',
      state.path,
    ];
    argv.push('--configserver', under.configserver.url);
    const proxy = await startQuietProxy(loadSettings(proxySettings, { argv, env: {} }));
    stack.defer(() => proxy.stop());
    const readyz = `http://127.0.0.1:${proxy.adminPort}/readyz`;
    await eventually(async () => (await fetch(readyz)).ok);
    const client = to({ host: '127.0.0.1', port: proxy.port });
    expect(await said(client, 'GET', FIRST)).toBe(BUSY);
    expect(await said(client, 'SET', SECOND, '1')).toBe('OK');
    expect(await said(client, 'SCRIPT', 'KILL')).toBe('OK');
    expect(await endless).toMatch(KILLED);
    await untilFree(client, FIRST);
    expect(await said(client, 'SET', FIRST, '1')).toBe('OK');
  });

  it('is not taken for silent, however long it runs', async () => {
    const client = await start({ flags: { 'server-silence-ms': '1000' } });
    const endless = said(under.client(), 'EVAL', ENDLESS, '1', FIRST);
    const behind = said(under.client(), 'SET', FIRST, '7');
    await untilBusy(client, FIRST);
    const untilMs = performance.now() + 2500;
    await eventually(async () => {
      expect(await said(client, 'GET', FIRST)).toBe(BUSY);
      return performance.now() > untilMs;
    });
    expect(await said(client, 'SCRIPT', 'KILL')).toBe('OK');
    expect(await endless).toMatch(KILLED);
    expect(['OK', BUSY]).toContain(await behind);
    expect(await lossesOf()).toBe(0);
  });
});

describe('a transaction', () => {
  /** What `redis` says to each; between them `script` is begun or killed where it says so. */
  async function story(
    redis: Redis,
    other: Redis,
    killer: Redis,
    ...steps: string[]
  ): Promise<unknown[]> {
    const answers: unknown[] = [];
    let endless: Promise<unknown> | null = null;
    for (const step of steps) {
      if (step === 'begin') {
        endless = said(other, 'EVAL', ENDLESS, '1', FIRST);
        await untilBusy(killer, FIRST);
      } else if (step === 'kill') {
        expect(await said(killer, 'SCRIPT', 'KILL')).toBe('OK');
        expect(await endless).toMatch(KILLED);
        await untilFree(killer, FIRST);
      } else answers.push(await said(redis, ...step.split(' ')));
    }
    return answers;
  }

  it.each([
    ['that begins then', ['begin', 'MULTI', 'INCR b', 'kill', 'INCR b', 'EXEC', 'GET b']],
    ['that goes on then', ['MULTI', 'INCR b', 'begin', 'INCR b', 'kill', 'EXEC', 'GET b']],
    ['that ends then', ['MULTI', 'INCR b', 'begin', 'EXEC', 'kill', 'GET b', 'EXEC']],
    [
      'that was refused and ends then',
      ['MULTI', 'INCR b', 'begin', 'INCR b', 'EXEC', 'kill', 'GET b'],
    ],
    ['that is empty', ['MULTI', 'begin', 'EXEC', 'kill', 'GET b']],
    ['that is given up', ['MULTI', 'INCR b', 'begin', 'DISCARD', 'kill', 'GET b']],
    ['of others', ['WATCH b', 'MULTI', 'INCR b', 'begin', 'EXEC', 'kill', 'GET b']],
  ])('%s is refused as by one server', async (_name, steps) => {
    const client = await start();
    await using plain = await startRedis({ args: AT_ONCE });
    const told = await story(client, under.client(), under.client(), ...steps);
    expect(told).toEqual(await story(to(plain), to(plain), to(plain), ...steps));
  });
});

describe('a server that is busy', () => {
  it('and stands still is lost like any other, and busy again when it goes on', async () => {
    const client = await start({ flags: { 'server-silence-ms': '500', 'hold-queue-ms': '300' } });
    const [server] = under.servers as [ServerProcess];
    const endless = said(under.client(), 'EVAL', ENDLESS, '1', FIRST);
    await untilBusy(client, FIRST);
    server.pause();
    expect(await endless).toMatch(/^UNCERTAIN /);
    await eventually(async () => /^CLUSTERDOWN /.test(String(await said(client, 'GET', FIRST))));
    expect(await said(client, 'PING')).toBe('PONG');
    server.resume();
    await eventually(async () => (await said(client, 'GET', FIRST)) === BUSY);
    expect(await said(client, 'SCRIPT', 'KILL')).toBe('OK');
    await untilFree(client, FIRST);
    expect(await said(client, 'SET', FIRST, '1')).toBe('OK');
  });

  it('and dies is lost, and its successor takes commands', async () => {
    const client = await start({ flags: { 'hold-queue-ms': '300' } });
    const [server] = under.servers as [ServerProcess];
    const endless = said(under.client(), 'EVAL', ENDLESS, '1', FIRST);
    const behind = said(under.client(), 'INCR', FIRST);
    await untilBusy(client, FIRST);
    await server.kill();
    expect(await endless).toMatch(/^UNCERTAIN /);
    expect(String(await behind)).toMatch(/^(UNCERTAIN|BUSY) /);
    await eventually(async () => /^CLUSTERDOWN /.test(String(await said(client, 'GET', FIRST))));
    expect(await said(client, 'PING')).toBe('PONG');
    const next = await startRedis();
    const runId = await runIdOf(next);
    under.publish(({ shards: [first, ...others] }) => ({
      shards: [
        {
          ...first!,
          epoch: first!.epoch + 1,
          primary: { ...first!.primary!, host: next.host, port: next.port, runId },
        },
        ...others,
      ],
    }));
    await eventually(async () => (await said(client, 'INCR', FIRST)) === 1);
    await next.stop();
  });
});
