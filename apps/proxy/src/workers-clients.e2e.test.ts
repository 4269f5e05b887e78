/** Commands about clients, with `--workers 3`: whichever worker has a client, it is one of the same proxy. */
import { once } from 'node:events';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import type { ProxyUnderTest } from './testing/proxy-under-test.ts';
import { startReady } from './testing/scenes.ts';
import { clientOfEach, type WorkerClient } from './testing/worker-clients.ts';

const WORKERS = 3;
const FLAGS = { workers: String(WORKERS), 'log-level': 'silent' };
const idOf = (client: Redis): Promise<number> => client.client('ID');
const listedIds = async (client: Redis, ...options: string[]): Promise<number[]> => {
  const lines = String(await client.call('CLIENT', 'LIST', ...options));
  return [...lines.matchAll(/^id=(\d+)/gm)].map(([, id]) => Number(id));
};

describe('clients of three workers', () => {
  let under: ProxyUnderTest;
  let each: WorkerClient[];
  let one: Redis;
  let two: Redis;
  let three: Redis;
  beforeAll(async () => {
    under = await startReady({ shards: 1, flags: FLAGS });
    each = await clientOfEach(under, WORKERS);
    [one, two, three] = each.map(({ client }) => client) as [Redis, Redis, Redis];
  });
  afterAll(() => under[Symbol.asyncDispose]());

  it('LIST shows all of them, in the order of their ids, to each', async () => {
    const ids = await Promise.all(each.map(({ client }) => idOf(client)));
    for (const { client } of each) {
      const listed = await listedIds(client);
      expect(listed).toEqual(expect.arrayContaining(ids));
      expect(listed).toEqual(listed.toSorted((a, b) => a - b));
      expect(await listedIds(client, 'ID', ...ids.map(String), '7')).toEqual(ids.toSorted());
    }
    const subscriber = under.client();
    await subscriber.subscribe('news');
    for (const { client } of each)
      expect(await listedIds(client, 'TYPE', 'pubsub')).toHaveLength(1);
    subscriber.disconnect();
  });

  it('KILL closes those of other workers, and counts all', async () => {
    const victims = (await clientOfEach(under, WORKERS)).map(({ client }) => client);
    const ids = await Promise.all(victims.map(idOf));
    const closed = victims.map((victim) => once(victim, 'close'));
    expect(await one.client('KILL', 'ID', ids[1]!)).toBe(1);
    const lines = String(await one.client('LIST', 'ID', ids[2]!));
    const address = /addr=(\S+)/.exec(lines)![1]!;
    expect(await one.call('CLIENT', 'KILL', address)).toBe('OK');
    expect(await two.client('KILL', 'ID', ids[0]!)).toBe(1);
    await Promise.all(closed);
    expect(await one.client('KILL', 'ID', ids[1]!)).toBe(0);
    await expect(one.call('CLIENT', 'KILL', address)).rejects.toThrow('No such client');
  });

  it('KILL spares the one that asks, wherever it is', async () => {
    const all = (await clientOfEach(under, WORKERS)).map(({ client }) => client);
    await Promise.all(all.map((client) => client.subscribe(`of ${client.status}`)));
    const subscribers = await listedIds(one, 'TYPE', 'pubsub');
    const closed = all.map((client) => once(client, 'close'));
    expect(await one.call('CLIENT', 'KILL', 'TYPE', 'pubsub')).toBe(subscribers.length);
    await Promise.all(closed);
    expect(await one.ping()).toBe('PONG');
  });

  it('INFO counts all of them, in each', async () => {
    const waiting = errorOf(under.client().blpop('nothing', 0));
    const lines = await untilBlocked(one);
    const count = lines.trim().split('\n').length;
    for (const { client } of each)
      expect(await client.info('clients')).toMatch(
        new RegExp(
          `connected_clients:${count}\r\n[^]*maxclients:10000\r\n[^]*blocked_clients:1\r\n`,
        ),
      );
    const runIds = each.map(async ({ client }) => /^run_id:.*$/m.exec(await client.info())![0]);
    expect(new Set(await Promise.all(runIds)).size).toBe(1);
    const id = /id=(\d+)[^\n]*blpop/.exec(lines)![1]!;
    expect(await one.call('CLIENT', 'KILL', 'ID', id)).toBe(1);
    expect(await waiting).toContain('closed');
  });

  it('UNBLOCK ends a command that waits elsewhere', async () => {
    const waiting = two.blpop('nothing', 0);
    const id = /id=(\d+)[^\n]*blpop/.exec(await untilBlocked(one))![1]!;
    expect(await three.call('CLIENT', 'UNBLOCK', id)).toBe(1);
    expect(await waiting).toBeNull();
    const again = errorOf(two.blpop('nothing', 0));
    await untilBlocked(three);
    expect(await one.call('CLIENT', 'UNBLOCK', id, 'ERROR')).toBe(1);
    expect(await again).toContain('UNBLOCKED');
    expect(await one.call('CLIENT', 'UNBLOCK', id)).toBe(0);
  });

  it('PAUSE holds up all of them before it is answered, until UNPAUSE by another', async () => {
    const readers = (await clientOfEach(under, WORKERS)).map(({ client }) => client);
    expect(await one.call('CLIENT', 'PAUSE', '60000', 'WRITE')).toBe('OK');
    let written = 0;
    const writes = each.map(({ client }) => client.set('k', 'v').then(() => written++));
    for (const reader of readers) expect(await reader.get('none')).toBeNull();
    expect(written).toBe(0);
    expect(await readers[2]!.call('CLIENT', 'UNPAUSE')).toBe('OK');
    await Promise.all(writes);
    readers.forEach((reader) => reader.disconnect());
  });

  it('a transaction does not wait: it pauses all, and lists those of its own worker', async () => {
    const pausing = one.multi().call('client', 'pause', '60000', 'write').call('client', 'list');
    const [paused, list] = (await pausing.exec())!;
    expect(paused).toEqual([null, 'OK']);
    expect(String(list![1])).toContain(`id=${await idOf(one)} `);
    await untilPaused(two, under);
    await three.call('CLIENT', 'UNPAUSE');
  });

  it('MONITOR shows what clients of all of them do, from its answer on', async () => {
    const watchers = (await clientOfEach(under, WORKERS)).slice(0, 2);
    const shown: string[][] = [];
    for (const [at, { client }] of watchers.entries()) {
      const monitor = await client.monitor();
      monitor.on('monitor', (_time, args: string[]) => (shown[at] ??= []).push(args.join(' ')));
      await Promise.all(each.map((one, of) => one.client.set(`m:${at}:${of}`, 'v')));
      await eventually(() => shown[at]?.filter((line) => line.startsWith('set m')).length === 3);
      monitor.disconnect();
    }
    expect(shown[1]!.filter((line) => line.startsWith('set m')).toSorted()).toEqual([
      'set m:1:0 v',
      'set m:1:1 v',
      'set m:1:2 v',
    ]);
  });

  it('PUBSUB counts subscribers of all of them', async () => {
    const subscribers = [...(await clientOfEach(under, WORKERS)), ...(await clientOfEach(under))];
    await Promise.all(subscribers.map(({ client }) => client.subscribe('all', 'shard')));
    for (const { client } of each) {
      expect(await client.pubsub('NUMSUB', 'all', 'none')).toEqual(['all', 5, 'none', 0]);
      expect(await client.pubsub('CHANNELS', 'a*')).toEqual(['all']);
    }
    subscribers.forEach(({ client }) => client.disconnect());
  });

  it('TRACKING says why it cannot redirect to a client of another', async () => {
    const redirect = async (id: number) =>
      errorOf(one.call('CLIENT', 'TRACKING', 'on', 'REDIRECT', String(id)));
    expect(await redirect(await idOf(two))).toContain('another worker');
    expect(await redirect(7)).toContain('does not exist');
    expect(await redirect(await idOf(one))).toBe('OK');
    await one.call('CLIENT', 'TRACKING', 'off');
  });

  it('one that hangs is left out, and does what it was told when it goes on', async () => {
    const [, , hanging] = each;
    const victim = (await clientOfEach(under, WORKERS)).find(({ pid }) => pid === hanging!.pid)!;
    const ids = await Promise.all([one, two, victim.client].map(idOf));
    process.kill(hanging!.pid, 'SIGSTOP');
    const wanted = ids.map(String);
    expect(await listedIds(one, 'ID', ...wanted)).toEqual(ids.slice(0, 2).toSorted());
    expect(await one.call('CLIENT', 'PAUSE', '60000', 'WRITE')).toBe('OK');
    expect(await two.client('KILL', 'ID', ids[2]!)).toBe(0);
    const closed = once(victim.client, 'close');
    process.kill(hanging!.pid, 'SIGCONT');
    await closed;
    await untilPaused(three, under);
    expect(await two.call('CLIENT', 'UNPAUSE')).toBe('OK');
  });

  it('one that dies meanwhile is left out, and its successor is paused as the others', async () => {
    const ids = await Promise.all([one, two].map(idOf));
    await one.call('CLIENT', 'PAUSE', '60000', 'WRITE');
    process.kill(each[2]!.pid, 'SIGSTOP');
    const listing = listedIds(one);
    process.kill(each[2]!.pid, 'SIGKILL');
    expect(await listing).toEqual(expect.arrayContaining(ids));
    await untilRestarted(under);
    const pids = each.map(({ pid }) => pid);
    const successor = (await clientOfEach(under, WORKERS)).find(({ pid }) => !pids.includes(pid));
    await untilPaused(successor!.client, under);
    await two.call('CLIENT', 'UNPAUSE');
  });
});

async function untilBlocked(client: Redis): Promise<string> {
  let lines = '';
  await eventually(async () => {
    lines = String(await client.client('LIST'));
    return lines.includes('flags=b');
  });
  return lines;
}

/** A write of this client, which is of no use to anybody any more, waits. */
async function untilPaused(client: Redis, under: ProxyUnderTest): Promise<void> {
  const id = await idOf(client);
  client.set('k', 'v').catch(() => undefined);
  await eventually(async () => {
    const views = (await under.admin('/clients')) as { id: number; waitsFor: string | null }[];
    return views.find((view) => view.id === id)?.waitsFor === 'CLIENT PAUSE';
  });
}

async function untilRestarted({ proxy }: ProxyUnderTest): Promise<void> {
  const url = `http://127.0.0.1:${proxy.adminPort}/metrics`;
  await eventually(async () =>
    /worker_restarts_total{.*} 1$/m.test(await (await fetch(url)).text()),
  );
}

const errorOf = (reply: Promise<unknown>): Promise<string> => reply.then(String, String);
