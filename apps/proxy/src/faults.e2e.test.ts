/** What the proxy does when something goes wrong: each test makes the fault with a real server and looks from the client's side. */
import { createConnection, type Socket } from 'node:net';
import { keySlot } from '@keyfleet/slots';
import { slotOwners, type Hold } from '@keyfleet/topology';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import {
  runIdOf,
  startProxyUnderTest,
  type Options,
  type ProxyUnderTest,
} from './testing/proxy-under-test.ts';
import { eventually } from './testing/eventually.ts';
import { replacePrimary } from './testing/scenes.ts';

async function start(options: Options = {}): Promise<ProxyUnderTest> {
  const under = await startProxyUnderTest(options);
  await eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);
  return under;
}

async function showsMetric({ proxy }: ProxyUnderTest, line: string): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${proxy.adminPort}/metrics`);
  return (await response.text()).includes(`keyfleet_proxy_${line}`);
}

/** A key of the shard with this index. */
function keyOf(under: ProxyUnderTest, shard: number, name = 'k'): string {
  const owners = slotOwners(under.configserver.topology!);
  for (let i = 0; ; i++) {
    const key = Buffer.from(`${name}:${i}`);
    if (owners[keySlot(key, 0, key.length)] === shard) return key.toString();
  }
}

const hold = (over: Partial<Hold> = {}): Hold => ({
  id: 'h1',
  shard: 'shard-0',
  what: 'writes',
  how: 'drain',
  drainMs: 1000,
  ...over,
});

const parked = async (under: ProxyUnderTest) =>
  ((await under.admin('/clients')) as { waitsFor: string | null }[]).filter(
    (client) => client.waitsFor !== null,
  ).length;

/** Everything that a raw connection hears until the proxy closes it. */
const answerUntilClose = (under: ProxyUnderTest, say: (socket: Socket) => void): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    const socket = createConnection({ host: '127.0.0.1', port: under.proxy.port });
    socket.on('data', (data) => (text += data.toString()));
    socket.on('close', () => resolve(text));
    socket.on('error', () => undefined);
    say(socket);
  });

/** Some client waits for so many replies. */
const untilPending = (under: ProxyUnderTest, count: number): Promise<void> =>
  eventually(async () => {
    const clients = (await under.admin('/clients')) as { pending: number }[];
    return clients.some(({ pending }) => pending === count);
  });

describe('a hold', () => {
  it('lets writes wait and reads pass, is acknowledged when drained, and ends with the next version', async () => {
    await using under = await start();
    const key = keyOf(under, 0);
    const [writer, reader] = [under.client(), under.client()];
    await writer.set(key, 'before');

    under.publish(() => ({ holds: [hold()] }));
    await eventually(() => under.configserver.acknowledged === 2);
    const write = writer.set(key, 'after');
    await eventually(async () => (await parked(under)) === 1);
    expect(await reader.get(key)).toBe('before');
    expect(await reader.set(keyOf(under, 1), 'other shard')).toBe('OK');

    under.publish(() => ({ holds: [] }));
    expect(await write).toBe('OK');
    expect(await reader.get(key)).toBe('after');
  });

  it('for all lets reads wait too, only those of its slots', async () => {
    await using under = await start();
    const key = keyOf(under, 0);
    const client = under.client();
    await client.set(key, 'v');
    const slot = keySlot(Buffer.from(key), 0, key.length);
    under.publish(() => ({ holds: [hold({ what: 'all', slots: String(slot) })] }));
    await eventually(() => under.configserver.acknowledged === 2);

    const other = keyOf(under, 0, 'neighbour');
    expect(await under.client().get(other)).toBeNull();
    const read = client.get(key);
    await eventually(async () => (await parked(under)) === 1);
    under.publish(() => ({ holds: [] }));
    expect(await read).toBe('v');
  });

  it('is not acknowledged while a command is on its way, and retires its connection after drainMs', async () => {
    await using under = await start();
    const key = keyOf(under, 0);
    const client = under.client();
    await client.set(key, 'v');
    under.servers[0]!.pause();
    const write = client.set(key, 'w');
    write.catch(() => undefined);
    await eventually(() => showsMetric(under, 'in_flight 1'));

    const publishedAtMs = performance.now();
    under.publish(() => ({ holds: [hold({ drainMs: 300 })] }));
    await eventually(() => under.configserver.acknowledged === 2);
    expect(performance.now() - publishedAtMs).toBeGreaterThan(290);
    await expect(write).rejects.toThrow(/^UNCERTAIN/);
    under.servers[0]!.resume();
  });

  it('that cuts ends what is pending at once: writes unknown, reads again when it is over', async () => {
    await using under = await start();
    const key = keyOf(under, 0);
    const [writer, reader] = [under.client(), under.client()];
    await writer.set(key, 'v');
    under.servers[0]!.pause();
    const [write, read] = [writer.set(key, 'w'), reader.get(key)];
    write.catch(() => undefined);
    await eventually(
      async () =>
        ((await under.admin('/clients')) as { pending: number }[]).filter((c) => c.pending === 1)
          .length === 2,
    );

    under.publish(() => ({ holds: [hold({ what: 'all', how: 'cut' })] }));
    await expect(write).rejects.toThrow(/^UNCERTAIN/);
    await eventually(() => under.configserver.acknowledged === 2);
    under.servers[0]!.resume();
    under.publish(() => ({ holds: [] }));
    expect(['v', 'w']).toContain(await read);
  });

  it('that lasts too long answers TRYAGAIN and sends nothing', async () => {
    await using under = await start({ flags: { 'hold-queue-ms': '100' } });
    const key = keyOf(under, 0);
    const client = under.client();
    await client.set(key, 'before');
    under.publish(() => ({ holds: [hold()] }));
    await eventually(() => under.configserver.acknowledged === 2);
    await expect(client.set(key, 'after')).rejects.toThrow(/^TRYAGAIN/);
    under.publish(() => ({ holds: [] }));
    await eventually(() => under.configserver.acknowledged === 3);
    expect(await client.get(key)).toBe('before');
  });

  it('has room for a number of clients, and the next gets TRYAGAIN at once', async () => {
    await using under = await start({ flags: { 'hold-queue-max': '2' } });
    const key = keyOf(under, 0);
    under.publish(() => ({ holds: [hold()] }));
    await eventually(() => under.configserver.acknowledged === 2);
    const writes = [under.client(), under.client()].map((client, i) => client.set(key, i));
    await eventually(async () => (await parked(under)) === 2);
    await expect(under.client().set(key, 'third')).rejects.toThrow(/^TRYAGAIN/);
    under.publish(() => ({ holds: [] }));
    expect(await Promise.all(writes)).toEqual(['OK', 'OK']);
  });

  it('keeps the order of one client: what comes after a held write waits behind it', async () => {
    await using under = await start();
    const key = keyOf(under, 0);
    const client = under.client();
    await client.set(key, 'before');
    under.publish(() => ({ holds: [hold()] }));
    await eventually(() => under.configserver.acknowledged === 2);
    const replies = client.pipeline().set(key, 'after').get(key).mget(key, keyOf(under, 1)).exec();
    await eventually(async () => (await parked(under)) === 1);
    under.publish(() => ({ holds: [] }));
    expect(await replies).toEqual([
      [null, 'OK'],
      [null, 'after'],
      [null, ['after', null]],
    ]);
  });

  it('over one shard of an MSET sends none of its parts', async () => {
    await using under = await start();
    const [held, free] = [keyOf(under, 0), keyOf(under, 1)];
    under.publish(() => ({ holds: [hold()] }));
    await eventually(() => under.configserver.acknowledged === 2);
    const write = under.client().mset(free, '1', held, '1');
    await eventually(async () => (await parked(under)) === 1);
    expect(await under.client().get(free)).toBeNull();
    under.publish(() => ({ holds: [] }));
    expect(await write).toBe('OK');
  });
});

describe('the lease', () => {
  it('lapses without renewals: outstanding commands are unknown, nothing is served until a new session', async () => {
    await using under = await start({ leaseMs: 600 });
    const key = keyOf(under, 0);
    const client = under.client();
    await client.set(key, 'v');
    under.servers[0]!.pause();
    const read = client.get(key);
    read.catch(() => undefined);
    under.configserver.grants = false;
    await expect(read).rejects.toThrow(/^UNCERTAIN/);
    await expect(client.get(key)).rejects.toThrow(/^CLUSTERDOWN The proxy lost its lease/);
    expect(await client.ping()).toBe('PONG');

    under.servers[0]!.resume();
    under.configserver.grants = true;
    await eventually(async () => (await client.get(key).catch(() => null)) === 'v');
    expect(under.configserver.opened).toBe(2);
  });

  it('needs the version that was current when its session opened', async () => {
    await using under = await start({ leaseMs: 600 });
    const client = under.client();
    under.configserver.grants = false;
    await eventually(async () =>
      String(await client.get('a').catch(String)).includes('CLUSTERDOWN'),
    );
    under.configserver.grantedVersion = 5;
    under.configserver.grants = true;
    await eventually(() => under.configserver.opened === 2);
    await expect(client.get('a')).rejects.toThrow(/^CLUSTERDOWN/);
    under.configserver.topology = { ...under.configserver.topology!, version: 5 };
    await eventually(async () => (await client.get('a').catch(() => 'closed')) === null);
  });

  it('off: serves on without a configserver', async () => {
    await using under = await start({ leaseMs: 600, flags: { lease: 'off' } });
    const client = under.client();
    under.configserver.grants = false;
    const endMs = performance.now() + 2 * under.configserver.leaseMs;
    while (performance.now() < endMs) expect(await client.set('a', '1')).toBe('OK');
  });
});

describe('a server', () => {
  it('that dies leaves a write unknown, others untouched, and commands wait a while before they fail', async () => {
    await using under = await start({ flags: { 'hold-queue-ms': '300' } });
    const key = keyOf(under, 0);
    const client = under.client();
    await client.set(key, 'v');
    under.servers[0]!.pause();
    const write = client.set(key, 'w');
    write.catch(() => undefined);
    await untilPending(under, 1);
    await under.servers[0]!.kill();
    await expect(write).rejects.toThrow(/^UNCERTAIN/);

    const sentAtMs = performance.now();
    await expect(client.get(key)).rejects.toThrow(
      /^CLUSTERDOWN Cannot reach the primary of shard-0/,
    );
    expect(performance.now() - sentAtMs).toBeGreaterThan(100);
    expect(await client.set(keyOf(under, 1), 'fine')).toBe('OK');
    await expect(client.mget(keyOf(under, 1), key)).rejects.toThrow(/^CLUSTERDOWN/);
  });

  it('that comes back as another life gets no command until the topology names that life', async () => {
    await using under = await start({ flags: { 'hold-queue-ms': '300' } });
    const key = keyOf(under, 0);
    const client = under.client();
    await client.set(key, 'v');
    await under.servers[0]!.kill();
    await under.servers[0]!.restart();
    await eventually(async () =>
      /has run id .*, want/.test(await client.get(key).then(String, String)),
    );

    const runId = await runIdOf(under.servers[0]!);
    under.publish(({ shards }) => ({
      shards: shards.map((shard, i) =>
        i === 0 ? { ...shard, epoch: 2, primary: { ...shard.primary!, runId } } : shard,
      ),
    }));
    await eventually(async () => (await client.get(key).catch(() => 'down')) === null);
  });

  it('that dies is followed by the next in each client’s own database', async () => {
    await using under = await start();
    const key = keyOf(under, 0);
    const clients = [0, 3, 15].map((database) => ({ database, client: under.client() }));
    for (const { database, client } of clients) {
      await client.select(database);
      await client.set(key, `old of ${database}`);
    }
    await under.servers[0]!.kill();
    await using heir = await replacePrimary(under, 0);
    for (const { database, client } of clients)
      await eventually(async () => (await client.set(key, database).catch(() => 'down')) === 'OK');
    const direct = new Redis({ host: heir.host, port: heir.port });
    for (const { database, client } of clients) {
      expect(await client.get(key)).toBe(String(database));
      await direct.select(database);
      expect(await direct.keys('*')).toEqual([key]);
    }
    direct.disconnect();
  });

  it('that is a replica gets no command, whatever the topology says', async () => {
    await using under = await start({ flags: { 'hold-queue-ms': '200' } });
    const { host, port } = under.servers[1]!;
    const direct = under.client();
    await direct.quit();
    const control = new Redis({ host: under.servers[0]!.host, port: under.servers[0]!.port });
    await control.replicaof(host, port);
    await control.call('CLIENT', 'KILL', 'TYPE', 'NORMAL');
    control.disconnect();
    await expect(under.client().get(keyOf(under, 0))).rejects.toThrow(/is a slave, want a master/);
  });

  it('that is silent is taken for dead after a while', async () => {
    await using under = await start({
      flags: { 'server-silence-ms': '300', 'hold-queue-ms': '200' },
    });
    const key = keyOf(under, 0);
    const client = under.client();
    await client.set(key, 'v');
    under.servers[0]!.pause();
    await expect(client.set(key, 'w')).rejects.toThrow(/^UNCERTAIN/);
    await expect(client.get(key)).rejects.toThrow(/^CLUSTERDOWN/);
    under.servers[0]!.resume();
  });
});

describe('a lost connection', () => {
  const askServer = async (under: ProxyUnderTest, shard: number, ...args: string[]) => {
    const { host, port } = under.servers[shard]!;
    const control = new Redis({ host, port });
    const answer = await control.call('CLIENT', ...args);
    control.disconnect();
    return String(answer);
  };
  const killConnections = (under: ProxyUnderTest, shard: number) =>
    askServer(under, shard, 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  const isConnected = async (under: ProxyUnderTest, shard: number) =>
    (await askServer(under, shard, 'LIST')).includes('name=keyfleet-proxy');

  it('without traffic is made anew: the proxy stays ready and the next command is served', async () => {
    await using under = await start({ flags: { 'hold-queue-ms': '100' } });
    const client = under.client();
    await client.set(keyOf(under, 0), 'v');
    await killConnections(under, 0);
    await eventually(() => isConnected(under, 0));
    await eventually(() => showsMetric(under, 'shards_unreachable 0'));
    expect(await client.get(keyOf(under, 0))).toBe('v');
  });

  it('does not send keys of several slots past a hold of one of them', async () => {
    await using under = await start();
    const [free, held] = [keyOf(under, 0, 'a'), keyOf(under, 0, 'b')];
    const client = under.client();
    await client.mset(free, '1', held, '1');
    under.servers[0]!.pause();
    const read = client.mget(free, held);
    read.catch(() => undefined);
    await untilPending(under, 1);
    const slot = String(keySlot(Buffer.from(held), 0, held.length));
    under.publish(() => ({ holds: [hold({ what: 'all', how: 'cut', slots: slot })] }));
    await expect(read).rejects.toThrow(/^CLUSTERDOWN The connection to the server was lost/);
    under.servers[0]!.resume();
    expect(await under.client().get(free)).toBe('1');
  });

  it('leaves requests of a slot that moves to a shard that is ready, and nobody waits behind them', async () => {
    await using under = await start({ shards: 2 });
    const key = keyOf(under, 1);
    const [client, bystander] = [under.client(), under.client()];
    await client.set(key, 'v');
    const other = keyOf(under, 0);
    await bystander.set(other, 'w');
    under.servers[1]!.pause();
    const read = client.get(key);
    await untilPending(under, 1);
    under.publish(({ shards }) => ({
      shards: [
        { ...shards[0]!, slots: '0-16383' },
        { ...shards[1]!, slots: '' },
      ],
      holds: [hold({ shard: 'shard-1', what: 'all', how: 'cut' })],
    }));
    expect(await read).toBeNull();
    expect(await bystander.get(other)).toBe('w');
    under.servers[1]!.resume();
  });
});

describe('versions', () => {
  it('never go back: an older one that a renewal or a poll brings is ignored', async () => {
    await using under = await start({ leaseMs: 1500 });
    const key = keyOf(under, 0);
    const first = under.configserver.topology!;
    under.publish(() => ({ holds: [hold({ what: 'all' })] }));
    await eventually(() => under.configserver.acknowledged === 2);
    const count = under.configserver.renewals.length;
    under.configserver.topology = first;
    under.configserver.grantedVersion = 1;
    await eventually(() => under.configserver.renewals.length > count + 1);
    const write = under.client().set(key, 'past the hold');
    await eventually(async () => (await parked(under)) === 1);
    expect(under.configserver.acknowledged).toBe(2);
    write.catch(() => undefined);
  });

  it('each new one does not give a held command new time', async () => {
    await using under = await start({ flags: { 'hold-queue-ms': '300' } });
    under.publish(() => ({ holds: [hold()] }));
    await eventually(() => under.configserver.acknowledged === 2);
    const write = under.client().set(keyOf(under, 0), 'v');
    const timer = setInterval(() => under.publish(({ holds }) => ({ holds })), 50);
    await expect(write).rejects.toThrow(/^TRYAGAIN/);
    clearInterval(timer);
  });
});

describe('an idle connection to a server', () => {
  it('is closed after a while, without anybody noticing', async () => {
    await using under = await start({ flags: { 'server-idle-ms': '1000' } });
    const client = under.client();
    await client.set(keyOf(under, 0), 'v');
    const control = new Redis({ host: under.servers[0]!.host, port: under.servers[0]!.port });
    const isConnected = async () =>
      String(await control.client('LIST')).includes('name=keyfleet-proxy');
    expect(await isConnected()).toBe(true);
    await eventually(async () => !(await isConnected()));
    control.disconnect();
    expect(((await under.admin('/readyz')) as { ready: boolean }).ready).toBe(true);
    expect(await client.get(keyOf(under, 0))).toBe('v');
  });
});

describe('slots that move to another shard', () => {
  it('are served there from the version on that says so', async () => {
    await using under = await start({ shards: 2 });
    const key = keyOf(under, 0);
    const client = under.client();
    await client.set(key, 'old shard');
    under.publish(({ shards }) => ({
      shards: [
        { ...shards[0]!, slots: '' },
        { ...shards[1]!, slots: '0-16383' },
      ],
    }));
    await eventually(() => under.configserver.acknowledged === 2);
    expect(await client.get(key)).toBeNull();
    await client.set(key, 'new shard');
    expect(await client.get(key)).toBe('new shard');
  });
});

describe('limits', () => {
  it('a full server connection lets clients wait, and loses nothing', async () => {
    await using under = await start({ flags: { 'in-flight-max': '2' } });
    const clients = Array.from({ length: 20 }, () => under.client());
    const replies = await Promise.all(
      clients.flatMap((client, c) =>
        Array.from({ length: 50 }, (_, i) => client.set(`k:${c}:${i}`, `${c}:${i}`)),
      ),
    );
    expect(new Set(replies)).toEqual(new Set(['OK']));
    expect(await clients[0]!.get('k:19:49')).toBe('19:49');
  });

  it('clients above the limit are refused with the error of Redis', async () => {
    await using under = await start({ flags: { 'clients-max': '1' } });
    expect(await under.client().ping()).toBe('PONG');
    const answer = await new Promise((resolve) => {
      createConnection({ host: '127.0.0.1', port: under.proxy.port }).once('data', (data) =>
        resolve(data.toString()),
      );
    });
    expect(answer).toBe('-ERR max number of clients reached\r\n');
  });

  it('a client that leaves with requests pending hurts nobody', async () => {
    await using under = await start();
    const key = keyOf(under, 0);
    const staying = under.client();
    await staying.set(key, 'v');
    under.servers[0]!.pause();
    for (let i = 0; i < 20; i++) {
      const socket = createConnection({ host: '127.0.0.1', port: under.proxy.port });
      socket.write(
        `GET ${key}\r\nMGET ${key} ${keyOf(under, 1)}\r\nSET ${keyOf(under, 0, 'gone')} 1\r\n`,
      );
      await untilPending(under, 3);
      socket.resetAndDestroy();
      await eventually(async () =>
        ((await under.admin('/clients')) as { pending: number }[]).every((c) => c.pending !== 3),
      );
    }
    const read = staying.get(key);
    under.servers[0]!.resume();
    expect(await read).toBe('v');
    expect(await staying.mget(key, keyOf(under, 1))).toEqual(['v', null]);
  });

  it('SIGTERM drains: what is pending is answered, then the connection ends', async () => {
    await using under = await start();
    const key = keyOf(under, 0);
    const client = under.client();
    await client.set(key, 'v');
    under.servers[0]!.pause();
    const read = client.get(key);
    await untilPending(under, 1);
    const stopped = under.proxy.stop();
    under.servers[0]!.resume();
    expect(await read).toBe('v');
    await stopped;
  });

  it('a client that shuts down its side is answered, then closed', async () => {
    await using under = await start();
    const answer = await answerUntilClose(under, (socket) =>
      socket.end('SET half:1 v\r\nGET half:1\r\n'),
    );
    expect(answer).toBe('+OK\r\n$1\r\nv\r\n');
  });

  it('a client that says QUIT and stays is gone all the same', async () => {
    await using under = await start();
    const socket = createConnection({
      host: '127.0.0.1',
      port: under.proxy.port,
      allowHalfOpen: true,
    });
    socket.on('error', () => undefined);
    socket.write('QUIT\r\n');
    await eventually(async () => ((await under.admin('/clients')) as unknown[]).length === 0);
    socket.destroy();
  });

  it('a browser that was tricked into a POST is cut, and its body is not executed', async () => {
    await using under = await start();
    const answer = await answerUntilClose(under, (socket) =>
      socket.write('POST / HTTP/1.1\r\nHost: x\r\n\r\nSET pwned 1\r\n'),
    );
    expect(answer).toBe('');
    expect(await under.client().get('pwned')).toBeNull();
  });
});
