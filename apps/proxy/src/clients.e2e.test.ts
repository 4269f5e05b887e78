/** CLIENT … through the proxy, beside what a plain server answers. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { startRedis, type ServerProcess } from '@keyfleet/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { startProxyUnderTest, type ProxyUnderTest } from './testing/proxy-under-test.ts';

let under: ProxyUnderTest;
let plain: ServerProcess;
let direct: Redis;
beforeAll(async () => {
  [under, plain] = await Promise.all([startProxyUnderTest(), startRedis()]);
  direct = new Redis({ host: plain.host, port: plain.port });
  await eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);
});
afterAll(async () => {
  direct.disconnect();
  await Promise.all([under[Symbol.asyncDispose](), plain.stop()]);
});

const outcome = (client: Redis, command: string): Promise<string> => {
  const [name, ...rest] = command.split(' ');
  return client.call(name!, ...rest).then(String, String);
};

describe('CLIENT', () => {
  it.each([
    'client kill',
    'client kill 1 2',
    'client kill 1.2.3.4:1',
    'client kill type foo',
    'client kill id 0',
    'client kill id 99999999',
    'client kill user nobody',
    'client list type foo',
    'client list id x',
    'client list foo',
    'client list type pubsub',
    'client pause abc',
    'client pause -1',
    'client pause 9223372036854775808',
    'client pause 1 foo',
    'client reply foo',
    'client no-evict foo',
    'client no-evict on',
    'client getredir',
    'client caching yes',
    'client trackinginfo',
    'client foo',
  ])('"%s" is answered as by a server', async (command) => {
    expect(await outcome(under.client(), command)).toBe(await outcome(direct, command));
  });

  it('CAPA takes what a client says that it can, also in a transaction', async () => {
    const client = under.client();
    expect(await outcome(client, 'client capa redirect nonsense')).toBe('OK');
    expect(await outcome(client, 'client capa')).toMatch(/^ReplyError: ERR wrong number/);
    const inside = await client.multi().call('CLIENT', 'CAPA', 'redirect').exec();
    expect(inside).toEqual([[null, 'OK']]);
  });

  it('LIST shows every client, with the fields of Redis', async () => {
    const [one, two] = [under.client(), under.client()];
    await one.client('SETNAME', 'one');
    await two.select(3);
    const lines = String(await two.client('LIST'))
      .trim()
      .split('\n');
    const fieldsOf = (line: string) =>
      Object.fromEntries(line.split(' ').map((field) => field.split('=') as [string, string]));
    const named = lines.map(fieldsOf).find(({ name }) => name === 'one')!;
    expect(named).toMatchObject({ db: '0', flags: 'N', cmd: 'client|setname', multi: '-1' });
    const own = fieldsOf(String(await two.client('LIST', 'ID', await two.client('ID'))).trim());
    expect(own).toMatchObject({ db: '3', cmd: 'client|list', resp: '3' });
    expect(own['laddr']).toBe(`127.0.0.1:${under.proxy.port}`);
    const wanted = Object.keys(fieldsOf(String(await direct.client('LIST')).trim()));
    expect(wanted.filter((field) => !(field in own))).toEqual([]);
  });

  it('KILL closes whom it names, and itself after its answer', async () => {
    const [victim, killer] = [under.client(), under.client()];
    const id = await victim.client('ID');
    const closed = once(victim, 'close');
    expect(await killer.client('KILL', 'ID', id)).toBe(1);
    await closed;
    const ownId = await killer.client('ID');
    const ended = once(killer, 'close');
    expect(await killer.call('CLIENT', 'KILL', 'ID', ownId, 'SKIPME', 'no')).toBe(1);
    await ended;
  });
});

describe('SELECT', () => {
  const indexes = ['0', '15', '16', '-1', '01', '+1', 'x', '2147483647', '2147483648', '1e1'];
  it.each(indexes)('%s is answered as by a server, in MULTI too', async (index) => {
    const [proxied, other] = [under.client(), direct.duplicate()];
    for (const line of [`SELECT ${index}`, 'MULTI', `SELECT ${index}`, 'GET x', 'EXEC']) {
      const [answer, wanted] = [await outcome(proxied, line), await outcome(other, line)];
      expect(`${line}: ${answer}`).toBe(`${line}: ${wanted}`);
    }
    const databaseOf = async (client: Redis): Promise<string> =>
      / db=\d+ /.exec(await client.client('INFO'))![0];
    expect(await databaseOf(proxied)).toBe(await databaseOf(other));
    other.disconnect();
  });
});

describe('CLIENT PAUSE', () => {
  it('WRITE lets reads go on and writes wait until UNPAUSE', async () => {
    const [one, two, other] = [under.client(), under.client(), under.client()];
    await one.set('paused', 'before');
    await other.client('PAUSE', 60_000, 'WRITE');
    const writing = one.set('paused', 'after');
    expect(await two.get('paused')).toBe('before');
    const late = under.client();
    expect(await other.multi().get('paused').exec()).toEqual([[null, 'before']]);
    const lateWriting = late.set('late', '1');
    expect(await two.get('late')).toBeNull();
    await other.client('UNPAUSE');
    expect(await Promise.all([writing, lateWriting])).toEqual(['OK', 'OK']);
    expect(await two.get('paused')).toBe('after');
  });

  it('ALL ends by itself', async () => {
    const [one, other] = [under.client(), under.client()];
    await Promise.all([one.ping(), other.ping()]);
    await other.client('PAUSE', 100);
    expect(await Promise.all([one.get('a'), other.ping()])).toEqual([null, 'PONG']);
  });

  it('a client that leaves while it waits is forgotten', async () => {
    const [one, other] = [under.client(), under.client()];
    const id = await one.client('ID');
    await other.client('PAUSE', 60_000, 'WRITE');
    one.set('a', '1').catch(() => undefined);
    one.disconnect();
    await eventually(async () => String(await other.client('LIST', 'ID', id)) === '');
    await other.client('UNPAUSE');
    expect(await other.set('a', '2')).toBe('OK');
  });
});

describe('CLIENT REPLY', () => {
  async function talk(lines: readonly string[]): Promise<string> {
    const socket: Socket = createConnection({ host: '127.0.0.1', port: under.proxy.port });
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.write(lines.map((line) => `${line}\r\n`).join(''));
    await once(socket, 'close');
    return answer;
  }

  it.each([
    [['CLIENT REPLY SKIP', 'SET skip 1', 'GET skip', 'QUIT'], '$1\r\n1\r\n+OK\r\n'],
    [['CLIENT REPLY SKIP', 'CLIENT REPLY SKIP', 'GET skip', 'PING', 'QUIT'], '+PONG\r\n+OK\r\n'],
    [
      ['CLIENT REPLY OFF', 'SET off 2', 'GET off', 'CLIENT REPLY ON', 'GET off', 'QUIT'],
      '+OK\r\n$1\r\n2\r\n+OK\r\n',
    ],
    [
      [
        'PING',
        'CLIENT REPLY OFF',
        'MGET a b c d',
        'PING',
        'FOO',
        'CLIENT REPLY SKIP',
        'CLIENT REPLY ON',
        'PING',
        'QUIT',
      ],
      '+PONG\r\n+OK\r\n+PONG\r\n+OK\r\n',
    ],
  ])('of %j', async (lines, want) => {
    expect(await talk(lines)).toBe(want);
  });
});

describe('MONITOR', () => {
  it('shows what all clients do, in the form of Redis', async () => {
    const [watcher, early] = [under.client(), under.client()];
    await early.select(2);
    const monitor = await watcher.monitor();
    const shown: string[] = [];
    monitor.on('monitor', (_time, args: string[], source: string, database: string) =>
      shown.push(`${database} ${source.split(':')[0]} ${args.join(' ')}`),
    );
    const late = under.client();
    await early.set('mon itor', '\n');
    await late.get('a');
    await late.mget('a', 'b', 'c');
    await eventually(() => shown.includes('0 127.0.0.1 mget a b c'));
    expect(shown.filter((line) => / (set|m?get) /.test(line))).toEqual([
      '2 127.0.0.1 set mon itor \\n',
      '0 127.0.0.1 get a',
      '0 127.0.0.1 mget a b c',
    ]);
    monitor.disconnect();
  });

  it('shows what is carried out, when it is', async () => {
    const shown: string[] = [];
    const monitor = await under.client().monitor();
    monitor.on('monitor', (_time, args: string[], _source: string, database: string) =>
      shown.push(`${database} ${args.join(' ')}`),
    );
    const other = under.client();
    await other.set('{m}a', '1');
    for (const line of ['MULTI', 'SET {m}a 2', 'DISCARD', 'MULTI', 'SELECT 2', 'GET {m}a', 'EXEC'])
      await outcome(other, line);
    for (const line of ['GET', 'foo', 'EVAL_RO return(1) 0']) await outcome(other, line);
    await eventually(() => shown.at(-1) === '2 EVAL_RO return(1) 0');
    expect(shown.slice(shown.indexOf('0 set {m}a 1') + 1)).toEqual([
      ...['0 MULTI', '0 DISCARD', '0 MULTI', '0 SELECT 2', '2 GET {m}a', '0 EXEC'],
      '2 EVAL_RO return(1) 0',
    ]);
    monitor.disconnect();
  });

  it('tells nobody’s password', async () => {
    const shown: string[] = [];
    const monitor = await under.client().monitor();
    monitor.on('monitor', (_time, args: string[]) => shown.push(args.join(' ')));
    const other = under.client();
    await other.call('AUTH', 'default', 'secret');
    await other.call('HELLO', '3', 'AUTH', 'default', 'secret');
    await other.get('last');
    await eventually(() => shown.includes('get last'));
    expect(shown.join('\n')).not.toContain('secret');
    monitor.disconnect();
  });
});
