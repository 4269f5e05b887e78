/** The configuration is read again while clients are served: those that it does not concern see nothing. */
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { ProxyProcess } from './testing/proxy-process.ts';
import { clustersField, startSharedProxy, type SharedProxy } from './testing/shared-proxy.ts';
import { SteadyClients } from './testing/steady-clients.ts';
import { talk } from './testing/talk.ts';

let shared: SharedProxy;
afterEach(() => shared[Symbol.asyncDispose]());

const byPort = (name: string) => ({ port: 0, cluster: name });
const users = [
  { name: 'app', password: 'x', cluster: 'a' },
  { name: 'web', password: 'y', cluster: 'b' },
];

type Answer = { status: number; body: Record<string, unknown> };

async function reload(fields: object | string): Promise<Answer> {
  shared.write(fields);
  const response = await shared.admin('/reload', { method: 'POST' });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe.each([
  ['one process', {}],
  ['two workers', { workers: 2 }],
])('a reload of %s', (_name, process) => {
  /** The file, with these listeners in front of so many of the clusters. */
  const file = (count: number, listeners: readonly object[], more: object = {}): object => {
    const clusters = clustersField(shared.clusters.slice(0, count), more);
    return { ...process, listeners, clusters };
  };
  const start = async (): Promise<void> => {
    shared = await startSharedProxy(3, ({ clusters }) => ({
      ...process,
      listeners: [byPort('a')],
      clusters: clustersField(clusters.slice(0, 1)),
    }));
  };

  it('lets clients of what stays see nothing, whatever else comes, changes and goes', async () => {
    await start();
    const steady = new SteadyClients([shared.client(0), shared.client(0)]);
    const answers = [
      await reload(file(2, [byPort('a'), byPort('b')])),
      await reload(file(3, [byPort('a'), byPort('b'), { port: 0, users }, byPort('c')])),
      await reload(
        file(3, [byPort('a'), byPort('b'), { port: 0, users }, byPort('c')], { clientsMax: 50 }),
      ),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const [, b] = [shared.client(0), shared.client(1)];
    await eventually(async () => (await b.set('k', 'of b').catch(() => null)) === 'OK');
    expect(await talk(shared.at(2), ['AUTH web y', 'GET k'])).toBe('+OK\r\n$4\r\nof b\r\n+OK\r\n');
    expect((await reload('listeners: [')).status).toBe(422);
    expect((await reload(file(1, [byPort('a')]))).body['applied']).toContain('cluster b removed');
    const { rounds } = steady;
    await eventually(() => steady.rounds > rounds + 5);
    expect(await steady.end()).toEqual([]);
  });

  it('says what is wrong with a file, all of it, and changes nothing', async () => {
    await start();
    const { status, body } = await reload({
      listeners: [byPort('nowhere')],
      clusters: { a: { ...shared.clusters[0]!.fields, clientsMax: 'many' } },
    });
    expect(status).toBe(422);
    expect(body['mistakes']).toEqual([
      expect.stringContaining('clusters.a.clientsMax'),
      expect.stringContaining('nowhere'),
      expect.stringContaining('clusters.a  want a listener'),
    ]);
    expect(await shared.client(0).set('k', '1')).toBe('OK');
  });

  it('changes nothing when a port is taken, or a password cannot be read', async () => {
    await start();
    const taken = createConnection(shared.at(0));
    await once(taken, 'connect');
    const { port } = taken.address() as { port: number };
    const answers = [
      await reload(file(2, [byPort('a'), { port, cluster: 'b' }])),
      await reload(
        file(2, [
          byPort('a'),
          { port: 0, users: [{ name: 'u', passwordFile: '/nowhere', cluster: 'b' }] },
        ]),
      ),
    ];
    expect(answers.map(({ status }) => status)).toEqual([422, 422]);
    expect(answers[0]!.body['message']).toContain('EADDRINUSE');
    expect(answers[1]!.body['message']).toContain('/nowhere');
    expect(shared.proxy.ports()).toHaveLength(1);
    expect(shared.clusters[1]!.configserver.opened).toBe(0);
    taken.destroy();
  });

  it('changes nothing when the log file cannot be written', async () => {
    await start();
    const logFile = join(shared.directory, 'none', 'log');
    const wrong = { ...file(1, [byPort('a')], { clientsMax: 7 }), logFile };
    const { status, body } = await reload(wrong);
    expect([status, body['message']]).toEqual([422, expect.stringContaining('--log-file')]);
    const right = await reload(file(1, [byPort('a')], { clientsMax: 7 }));
    expect(right.body['applied']).toEqual(['clusters.a.clientsMax']);
  });

  it('proves another user on connections to servers that are open', async () => {
    const as = (user: string, password: string) => ({
      ...{ upstreamUser: user, upstreamPassword: password },
    });
    shared = await startSharedProxy(1, ({ clusters }) => ({
      ...process,
      listeners: [byPort('a')],
      clusters: clustersField(clusters, as('default', 'any')),
    }));
    const { host, port } = shared.clusters[0]!.server;
    const server = new Redis({ host, port });
    const ask = async (command: string, ...args: string[]) =>
      String(await server.call(command, ...args));
    await ask('ACL', 'SETUSER', 'app', 'on', '>pw', '~*', '&*', '+@all');
    expect((await reload(file(1, [byPort('a')], as('app', 'pw')))).status).toBe(200);
    await eventually(async () => {
      const lines = (await ask('CLIENT', 'LIST')).split('\n');
      const own = lines.filter((line) => line.includes('name=keyfleet-proxy '));
      return own.length > 0 && own.every((line) => line.includes(' user=app '));
    });
    server.disconnect();
  });

  it('says when the log file cannot be opened again', async () => {
    await start();
    const place = join(shared.directory, 'logs');
    mkdirSync(place);
    const logged = { ...file(1, [byPort('a')]), logFile: join(place, 'log') };
    expect((await reload(logged)).status).toBe(200);
    rmSync(place, { recursive: true });
    const { status, body } = await reload(logged);
    expect([status, body['message']]).toEqual([422, expect.stringContaining('--log-file')]);
    await reload(file(1, [byPort('a')]));
  });

  it('names what it changed, and what needs a restart', async () => {
    await start();
    const { body } = await reload(file(1, [byPort('a')], { clientsMax: 1, databases: 3 }));
    expect(body).toEqual({
      applied: ['clusters.a.clientsMax'],
      needsRestart: ['clusters.a.databases'],
    });
    const open = shared.client(0);
    await open.ping();
    if (!('workers' in process))
      expect(await talk(shared.at(0), [])).toBe('-ERR max number of clients reached\r\n');
  });

  it('leaves clients of a listener that is gone where they are, and ends those of a cluster that is', async () => {
    await start();
    await reload(file(2, [byPort('a'), byPort('a'), byPort('b')]));
    const [kept, ended] = [shared.client(1), shared.client(2)];
    await eventually(async () => (await ended.ping().catch(() => null)) === 'PONG');
    await kept.ping();
    const closed = once(ended, 'close');
    const former = shared.at(1);
    await reload(file(1, [byPort('a')]));
    await closed;
    expect(await kept.set('k', '1')).toBe('OK');
    await expect(talk(former, ['PING'])).rejects.toThrow('ECONNREFUSED');
    await eventually(() => shared.clusters[1]!.configserver.closed === 1);
    // And it comes back.
    await reload(file(2, [byPort('a'), byPort('b')]));
    const again = shared.client(1);
    await eventually(async () => (await again.set('k', '1').catch(() => null)) === 'OK');
  });

  it('changes the users of a listener for those who come', async () => {
    await start();
    await reload(file(2, [byPort('a'), { port: 0, users }]));
    const inside = shared.client(1, { username: 'app', password: 'x' });
    await inside.ping();
    await reload(file(2, [byPort('a'), { port: 0, users: [{ ...users[1]!, password: 'z' }] }]));
    expect(await inside.ping()).toBe('PONG');
    expect(await talk(shared.at(1), ['AUTH app x', 'AUTH web y', 'AUTH web z'])).toMatch(
      /^-WRONGPASS.*\r\n-WRONGPASS.*\r\n\+OK\r\n\+OK\r\n$/,
    );
  });
});

describe('two workers', () => {
  it('serve by what was read last, also the one that takes the place of another', async () => {
    shared = await startSharedProxy(2, ({ clusters }) => ({
      workers: 2,
      listeners: [byPort('a')],
      clusters: clustersField(clusters.slice(0, 1)),
    }));
    await reload({
      workers: 2,
      listeners: [byPort('a'), byPort('b')],
      clusters: clustersField(shared.clusters),
    });
    const client = shared.client(1);
    await eventually(async () => (await client.set('k', 'of b').catch(() => null)) === 'OK');
    for (const pid of await workerPids(shared)) process.kill(pid, 'SIGKILL');
    await eventually(async () => (await talkOrNull(shared, 'GET k')) === '$4\r\nof b\r\n+OK\r\n');
    const { applied } = await shared.proxy.reload();
    expect(applied).toEqual([]);
  });
});

/** Of clients of the second listener, until two are found. */
async function workerPids({ at }: SharedProxy): Promise<Set<number>> {
  const pids = new Set<number>();
  while (pids.size < 2) {
    const info = await talk(at(1), ['INFO server']);
    pids.add(Number(/^process_id:(\d+)/m.exec(info)![1]));
  }
  return pids;
}

/** Null while nobody listens. */
function talkOrNull({ at }: SharedProxy, line: string): Promise<string | null> {
  return talk(at(1), [line]).catch(() => null);
}

describe('SIGHUP', () => {
  it('has the file read again', async () => {
    shared = await startSharedProxy(1, ({ clusters }) => ({
      listeners: [byPort('a')],
      clusters: clustersField(clusters),
    }));
    const file = join(shared.directory, 'flat.json');
    const { configserver } = shared.clusters[0]!;
    const write = (fields: object): void =>
      writeFileSync(file, JSON.stringify({ configserver: [configserver.url], ...fields }));
    write({ clientsMax: 9 });
    using proxy = await ProxyProcess.start({ config: file, cluster: 'a' });
    await eventually(async () => (await proxy.admin('/readyz'))?.ok === true);
    write({ clientsMax: 8 });
    proxy.signal('SIGHUP');
    await eventually(() => proxy.output.includes('"applied":["clusters.a.clientsMax"]'));
    write({ clientsMax: 'many' });
    proxy.signal('SIGHUP');
    await eventually(() => proxy.output.includes('configuration not changed'));
    expect(await proxy.say('PING\r\nQUIT\r\n')).toBe('+PONG\r\n+OK\r\n');
  });
});

describe('the log', () => {
  it('has another level and file when it is told so', async () => {
    shared = await startSharedProxy(1, ({ clusters }) => ({
      listeners: [byPort('a')],
      clusters: clustersField(clusters),
    }));
    const put = (body: object): Promise<Response> =>
      shared.admin('/log', {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const file = `${shared.directory}/log`;
    expect(await (await put({ level: 'error', file })).json()).toEqual({ level: 'error', file });
    expect(await (await shared.admin('/log')).json()).toEqual({ level: 'error', file });
    expect((await put({ level: 'loud' })).status).toBe(400);
    expect((await put({ file: `${shared.directory}/none/log` })).status).toBe(422);
    await put({ level: 'silent', file: '' });
  });
});
