/** `--workers 2`: two event loops on one port that act as one proxy, whatever happens to one of them or to their parent. */
import { keySlot } from '@keyfleet/slots';
import { slotOwners, type Hold } from '@keyfleet/topology';
import { freeAddress, type Address } from '@keyfleet/testkit';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { ProxyProcess } from './testing/proxy-process.ts';
import {
  startProxyUnderTest,
  type Options,
  type ProxyUnderTest,
} from './testing/proxy-under-test.ts';
import { clientOfEach, workerOf } from './testing/worker-clients.ts';

const WORKERS = { workers: '2', 'log-level': 'silent' };

async function start(options: Options = {}): Promise<ProxyUnderTest> {
  const under = await startProxyUnderTest({ ...options, flags: { ...WORKERS, ...options.flags } });
  await untilReady(under);
  return under;
}

const untilReady = (under: ProxyUnderTest): Promise<void> =>
  eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);

async function metric({ proxy }: ProxyUnderTest, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${proxy.adminPort}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`keyfleet_proxy_${name} `));
  return Number(line?.split(' ').at(-1));
}

async function untilRestarted(under: ProxyUnderTest, count: number): Promise<void> {
  const restarts = (worker: number) => metric(under, `worker_restarts_total{worker="${worker}"}`);
  await eventually(async () => (await restarts(0)) + (await restarts(1)) === count);
}

/** A key of the shard with this index. */
function keyOf(under: ProxyUnderTest, shard: number): string {
  const owners = slotOwners(under.configserver.topology!);
  for (let i = 0; ; i++) {
    const key = Buffer.from(`k:${i}`);
    if (owners[keySlot(key, 0, key.length)] === shard) return key.toString();
  }
}

const drainHold = (shard: number): Hold => ({
  id: `h${shard}`,
  shard: `shard-${shard}`,
  what: 'all',
  how: 'drain',
  drainMs: 20_000,
});

const errorOf = (reply: Promise<unknown>): Promise<string> => reply.then(String, String);

describe('two workers', () => {
  it('look like one proxy: clients, metrics, topology', async () => {
    await using under = await start();
    const clients = (await clientOfEach(under)).map(({ client }) => client);
    const [one, two] = [clients[0]!, clients[1]!];
    await Promise.all([one.set('a', '1'), two.set('b', '1')]);
    expect(await two.get('a')).toBe('1');

    const shown = (await under.admin('/clients')) as { id: number }[];
    const ids = await Promise.all(clients.map((client) => client.call('client', 'id')));
    expect(new Set(ids).size).toBe(2);
    expect(shown.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    expect(await metric(under, 'requests_total{command="set"}')).toBe(2);
    expect(await metric(under, 'workers')).toBe(2);
    expect(await metric(under, 'topology_version')).toBe(1);
    expect(await under.admin('/topology')).toMatchObject({ appliedVersion: 1, serving: true });
    expect(under.configserver.openedBy).toMatchObject({ pid: process.pid });
    await eventually(async () =>
      (await one.info('clients')).includes(`connected_clients:${clients.length}`),
    );
  });

  it('acknowledge a hold when it is settled in both', async () => {
    await using under = await start({ shards: 2, leaseMs: 3000 });
    const [one, two] = await clientOfEach(under);
    const reads = [
      () => one!.client.get(keyOf(under, 0)),
      () => two!.client.get(keyOf(under, 1)),
    ] as const;
    await Promise.all(reads.map((read) => read()));
    under.servers.forEach((server) => server.pause());
    const replies = reads.map((read) => read());
    await eventually(async () => (await metric(under, 'in_flight')) === 2);
    under.publish(() => ({ holds: [drainHold(0), drainHold(1)] }));
    await eventually(
      async () =>
        ((await under.admin('/topology')) as { topology: { version: number } }).topology.version ===
        2,
    );

    under.servers[0]!.resume();
    expect(await replies[0]).toBeNull();
    const renewals = under.configserver.renewals.length;
    await eventually(() => under.configserver.renewals.length > renewals + 1);
    expect(under.configserver.acknowledged).toBe(1);
    under.servers[1]!.resume();
    expect(await replies[1]).toBeNull();
    await eventually(() => under.configserver.acknowledged === 2);
  });

  it('stop together: what is pending is answered, then connections end', async () => {
    await using under = await start({ shards: 1 });
    const clients = await clientOfEach(under);
    const read = () => clients.map(({ client }) => client.get('k'));
    await Promise.all(read());
    under.servers[0]!.pause();
    const replies = read();
    await eventually(async () => (await metric(under, 'in_flight')) === 2);
    const stopped = under.proxy.stop();
    await eventually(
      async () => ((await under.admin('/readyz')) as { because?: string }).because === 'draining',
    );
    under.servers[0]!.resume();
    expect(await Promise.all(replies)).toEqual([null, null]);
    await stopped;
    expect(under.configserver.closed).toBe(1);
  });
});

describe('a worker that dies', () => {
  it('takes only its own clients along, and is replaced', async () => {
    await using under = await start();
    const [dying, staying] = await clientOfEach(under);
    await dying!.client.set('a', 'v');
    const before = await metric(under, 'requests_total{command="set"}');
    let isLoaded = true;
    const load = (async () => {
      let count = 0;
      for (; isLoaded; count++) expect(await staying!.client.set(`k:${count}`, 'v')).toBe('OK');
      return count;
    })();

    process.kill(dying!.pid, 'SIGKILL');
    await eventually(() => dying!.client.status === 'end');
    // Who reconnects at once may still meet the socket that the kernel is about to close; a second try is served.
    const getAnew = () =>
      under
        .client()
        .get('a')
        .catch(() => null);
    await eventually(async () => (await getAnew()) === 'v');
    await untilRestarted(under, 1);
    const after = await clientOfEach(under);
    expect(after.map(({ pid }) => pid)).toContain(staying!.pid);
    for (const { client } of after) expect(await client.get('a')).toBe('v');

    isLoaded = false;
    const count = await load;
    expect(await metric(under, 'requests_total{command="set"}')).toBe(before + count);
    expect(await metric(under, 'workers')).toBe(2);
  });

  it('is not waited for, and its successor has the newest holds', async () => {
    await using under = await start({ shards: 1 });
    const [dying] = await clientOfEach(under);
    process.kill(dying!.pid, 'SIGKILL');
    under.publish(() => ({ holds: [drainHold(0)] }));
    await eventually(() => under.configserver.acknowledged === 2);
    const replies = (await clientOfEach(under)).map(({ client }) => client.get('k'));
    await eventually(async () => (await metric(under, 'parked_clients')) === 2);
    under.publish(() => ({ holds: [] }));
    expect(await Promise.all(replies)).toEqual([null, null]);
  });

  it('with all others is replaced too', async () => {
    await using under = await start({ shards: 1 });
    const clients = await clientOfEach(under);
    for (const { pid } of clients) process.kill(pid, 'SIGKILL');
    await untilRestarted(under, 2);
    await untilReady(under);
    expect(await under.client().get('k')).toBeNull();
  });
});

describe('a worker that hangs', () => {
  it('is killed, because holds wait for it', async () => {
    await using under = await start({ shards: 1 });
    const [hanging, other] = await clientOfEach(under);
    process.kill(hanging!.pid, 'SIGSTOP');
    under.publish(() => ({ holds: [drainHold(0)] }));
    await eventually(
      async () =>
        ((await under.admin('/readyz')) as { because?: string }).because?.endsWith(
          'does not answer',
        ) ?? false,
    );
    expect(under.configserver.acknowledged).toBe(1);
    await eventually(() => under.configserver.acknowledged === 2);
    await eventually(() => hanging!.client.status === 'end');
    under.publish(() => ({ holds: [] }));
    expect(await other!.client.get('k')).toBeNull();
  });
});

describe('their parent', () => {
  const serving = (under: ProxyUnderTest, flags: Record<string, string> = {}, at?: Address) =>
    ProxyProcess.serving(under, { workers: '2', ...flags }, at);
  const connect = ({ address }: ProxyProcess): Redis => {
    const client = new Redis({ ...address, maxRetriesPerRequest: 0, retryStrategy: () => null });
    return client.on('error', () => undefined);
  };

  it('that hangs past the lease leaves workers that pass nothing on, until it goes on', async () => {
    await using under = await startProxyUnderTest({ shards: 1, leaseMs: 1500 });
    using proxy = await serving(under);
    const client = connect(proxy);
    await client.set('k', 'v');
    under.servers[0]!.pause();
    const pending = errorOf(client.get('k'));
    proxy.signal('SIGSTOP');
    expect(await pending).toMatch(/UNCERTAIN/);
    under.servers[0]!.resume();
    expect(await errorOf(client.get('k'))).toMatch(/CLUSTERDOWN The proxy lost its lease/);
    proxy.signal('SIGCONT');
    await eventually(async () => (await client.get('k').catch(() => null)) === 'v');
    client.disconnect();
  });

  it('that is killed takes its workers along: whoever is started next has the port', async () => {
    await using under = await startProxyUnderTest({ shards: 1 });
    using proxy = await serving(under);
    const client = connect(proxy);
    expect(await workerOf(client)).not.toBe(proxy.pid);
    proxy.signal('SIGKILL');
    using next = await serving(under, {}, proxy.address);
    expect(client.status).toBe('end');
    expect(await next.say('GET k\r\nQUIT\r\n')).toBe('$-1\r\n+OK\r\n');
  });

  it('carries out a signal to the whole group alone', async () => {
    await using under = await startProxyUnderTest({ shards: 1 });
    using proxy = await serving(under);
    under.servers[0]!.pause();
    const answer = proxy.say('GET k\r\n');
    await proxy.untilPending();
    for (const pid of proxy.workers()) process.kill(pid, 'SIGTERM');
    proxy.signal('SIGTERM');
    await eventually(async () => (await proxy.say('QUIT\r\n')) === null);
    under.servers[0]!.resume();
    expect(await answer).toBe('$-1\r\n');
    expect(await proxy.exitCode()).toBe(0);
  });

  it('kills a worker that does not stop', async () => {
    await using under = await startProxyUnderTest({ shards: 1 });
    using proxy = await serving(under, { 'drain-ms': '100' });
    process.kill(proxy.workers()[1]!, 'SIGSTOP');
    proxy.signal('SIGTERM');
    expect(await proxy.exitCode()).toBe(0);
    expect(proxy.output).toContain('it does not stop');
  });

  it('does not wait for one that hangs while others drain', async () => {
    await using under = await startProxyUnderTest({ shards: 1 });
    using proxy = await serving(under, { 'drain-ms': '600000' });
    process.kill(proxy.workers()[1]!, 'SIGSTOP');
    proxy.signal('SIGTERM');
    expect(await proxy.exitCode()).toBe(0);
    expect(proxy.output).toContain('it does not answer');
  });

  it('gives up when no worker stays', async () => {
    await using under = await startProxyUnderTest({ shards: 1 });
    using proxy = await serving(under);
    const killed = new Set<number>();
    const killer = setInterval(() => {
      for (const pid of proxy.workers().filter((one) => !killed.has(one))) {
        killed.add(pid);
        process.kill(pid, 'SIGKILL');
      }
    }, 5);
    expect(await proxy.exitCode()).toBe(1);
    clearInterval(killer);
    expect(proxy.output).toContain('Cannot keep a worker running: SIGKILL ended it');
  });

  it('does not share its port with another proxy', async () => {
    await using under = await startProxyUnderTest({ shards: 1 });
    using proxy = await serving(under);
    const flags = { configserver: under.configserver.url, workers: '2' };
    using other = await ProxyProcess.start(flags, proxy.address);
    expect(await other.exitCode()).toBe(1);
    expect(other.output).toContain('EADDRINUSE');
  });

  it('shows a mistake that only its workers notice as its own', async () => {
    const { host } = await freeAddress();
    const flags = { configserver: `http://${host}:1`, workers: '2', 'secret-file': '/none' };
    using proxy = await ProxyProcess.start(flags);
    expect(await proxy.exitCode()).toBe(78);
    expect(proxy.output).toContain('--secret-file  Cannot read');
  });
});

describe('the slow log', () => {
  it('is that of all workers, whichever is asked', async () => {
    await using under = await start();
    const [one, two] = (await clientOfEach(under)).map(({ client }) => client);
    for (const [i, client] of [one!, two!].entries()) await client.client('SETNAME', `client-${i}`);
    await one!.config('SET', 'slowlog-log-slower-than', 0);
    const names = async (): Promise<string[]> => {
      await Promise.all([one!.get('k'), two!.get('k')]);
      const entries = (await two!.call('SLOWLOG', 'GET', 1000)) as unknown[][];
      expect(new Set(entries.map(([id]) => id)).size).toBe(entries.length);
      return entries.map((entry) => String(entry[5]));
    };
    // The other worker learns of the setting a little later.
    await expect.poll(names).toEqual(expect.arrayContaining(['client-0', 'client-1']));
    await one!.config('SET', 'slowlog-log-slower-than', -1);
    await expect
      .poll(async () => {
        await one!.call('SLOWLOG', 'RESET');
        return two!.call('SLOWLOG', 'LEN');
      })
      .toBe(0);
  });
});
