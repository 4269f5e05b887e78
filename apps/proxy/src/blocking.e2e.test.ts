/** Commands that block, as clients use them, and when something happens to the server, the slot, the client or the proxy. */
import { createConnection, type Socket } from 'node:net';
import type { Redis } from 'ioredis';
import type { ServerProcess } from '@keyfleet/testkit';
import { describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import type { ProxyUnderTest } from './testing/proxy-under-test.ts';
import {
  hold,
  holdOf,
  keyOf,
  metric,
  replacePrimary,
  startReady,
  swapSlots,
} from './testing/scenes.ts';
import { talk } from './testing/talk.ts';
import { useProxyBesidePlain } from './testing/beside-plain.ts';

const untilBlocked = (under: ProxyUnderTest, count: number): Promise<void> =>
  eventually(async () => (await metric(under, 'blocked_clients')) === count);

/** The server itself has so many of them: they are sent. */
const untilBlockedAt = (server: ServerProcess, count: number): Promise<void> =>
  eventually(async () =>
    (await talk(server, ['INFO clients'])).includes(`blocked_clients:${count}\r`),
  );

const idOf = (client: Redis): Promise<number> => client.client('ID');

describe('a blocking command', () => {
  const beside = useProxyBesidePlain();

  it.each<[string, string[]]>([
    ['when there is something', ['RPUSH {a}1 x y z', 'BLPOP {a}0 {a}1 0', 'BRPOP {a}1 0', 'BLMOVE {a}1 {a}2 LEFT LEFT 0', 'BRPOPLPUSH {a}2 {a}1 0', 'BLMPOP 0 2 {a}0 {a}1 LEFT']],
    ['of sorted sets', ['ZADD {b} 1 x 2 y 3 z', 'BZPOPMIN {b} 0', 'BZPOPMAX {b} 0', 'BZMPOP 0 1 {b} MIN']],
    ['of streams', ['XADD {c} 1-1 a b', 'XREAD BLOCK 0 STREAMS {c} 0', 'XGROUP CREATE {c} g 0', 'XREADGROUP GROUP g me BLOCK 0 STREAMS {c} >', 'XREAD COUNT 1 STREAMS {c} 0', 'DEL {c}']],
    ['whose time is over', ['BLPOP {d} 0.01', 'BLMOVE {d} {d}2 LEFT LEFT 0.01', 'BLMPOP 0.01 1 {d} LEFT', 'BZPOPMIN {d} 0.01', 'XREAD BLOCK 10 STREAMS {d} $', 'PING']],
    ['with a timeout that is wrong', ['BLPOP {e} -1', 'BLPOP {e} soon', 'BLPOP {e} 1e400', 'XREAD BLOCK -5 STREAMS {e} 0', 'XREAD BLOCK x STREAMS {e} 0']],
    ['with arguments that are wrong', ['BLPOP {e}', 'BLMOVE {e} {e}2 LEFT UP 0', 'BZMPOP 0 1 {e} MOST', 'BLMPOP 0 0 {e} LEFT', 'BLMPOP 0 x {e} LEFT', 'XREAD BLOCK 0 STREAMS {e}', 'BZMPOP 0 {e} {e} MAX', 'BLMPOP 0 3 {e} LEFT', 'XREAD BLOCK 0']],
    ['of another type', ['SET {f} text', 'BLPOP {f} 0', 'BZPOPMIN {f} 0', 'DEL {f}']],
    ['inside MULTI', ['MULTI', 'BLPOP {g} 0', 'BLMOVE {g} {g}2 LEFT LEFT 0', 'BZPOPMIN {g} 0', 'XREAD BLOCK 0 STREAMS {g} $', 'EXEC']],
    ['in a pipeline', ['RPUSH {h} 1 2 3', 'BLPOP {h} 0', 'LLEN {h}', 'BLPOP {h} 0', 'RPUSH {h} 4', 'BLPOP {h} 0', 'BLPOP {h} 0', 'EXISTS {h}']],
  ])('answers as a plain server %s', async (_name, lines) => {
    expect(await talk(beside.address, lines)).toBe(await talk(beside.plain, lines));
  }); // prettier-ignore

  it('in RESP3 too', async () => {
    const lines = ['HELLO 3', 'ZADD {z} 1.5 a', 'BZPOPMIN {z} 0', 'BLPOP {z} 0.01'];
    const [ours, theirs] = [await talk(beside.address, lines), await talk(beside.plain, lines)];
    expect(ours.slice(ours.indexOf(':1\r\n*'))).toBe(theirs.slice(theirs.indexOf(':1\r\n*')));
  });

  it('is answered when another client brings what it waits for', async () => {
    const [consumer, producer] = [beside.under.client(), beside.under.client()];
    const popped = consumer.blpop('{q}1', '{q}2', 0);
    await untilBlocked(beside.under, 1);
    expect(await producer.rpush('{q}2', 'late')).toBe(1);
    expect(await popped).toEqual(['{q}2', 'late']);
    await untilBlocked(beside.under, 0);
    expect(await consumer.ping()).toBe('PONG');
  });

  it('lets what its client pipelined behind it wait', async () => {
    const [consumer, producer] = [beside.under.client(), beside.under.client()];
    const replies = consumer.pipeline().set('{p}', 1).blpop('{p}q', 0).get('{p}').exec();
    await untilBlocked(beside.under, 1);
    await producer.set('{p}', 2);
    await producer.rpush('{p}q', 'x');
    expect((await replies)!.map(([, reply]) => reply)).toEqual(['OK', ['{p}q', 'x'], '2']);
  });

  it('needs keys of one slot', async () => {
    await expect(beside.under.client().blpop('one', 'two', 0)).rejects.toThrow(/^CROSSSLOT/);
    await expect(beside.under.client().blpop('__keyfleet:x', 0)).rejects.toThrow(/reserved/);
  });

  it('of many clients stops nobody else', async () => {
    const consumers = Array.from({ length: 50 }, () => beside.under.client());
    const popped = consumers.map((client, i) => client.blpop(`queue:${i % 7}`, 0));
    await untilBlocked(beside.under, 50);
    const producer = beside.under.client();
    for (let i = 0; i < 50; i++) await producer.rpush(`queue:${i % 7}`, i);
    const values = (await Promise.all(popped)).map((reply) => Number(reply![1]));
    expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    await eventually(async () => (await metric(beside.under, 'private_connections')) <= 3 * 8);
  });

  it('is ended by CLIENT UNBLOCK, which tells whom it knows', async () => {
    const [consumer, other] = [beside.under.client(), beside.under.client()];
    const id = await idOf(consumer);
    expect(await other.call('CLIENT', 'UNBLOCK', id)).toBe(0);
    const first = consumer.blpop('{u}', 0);
    await untilBlocked(beside.under, 1);
    expect(await other.call('CLIENT', 'UNBLOCK', id)).toBe(1);
    expect(await first).toBeNull();
    const second = consumer.blpop('{u}', 0);
    second.catch(() => undefined);
    await untilBlocked(beside.under, 1);
    expect(await other.call('CLIENT', 'UNBLOCK', id, 'ERROR')).toBe(1);
    await expect(second).rejects.toThrow('UNBLOCKED client unblocked via CLIENT UNBLOCK');
    await expect(other.call('CLIENT', 'UNBLOCK', 'x')).rejects.toThrow(/not an integer/);
    await expect(other.call('CLIENT', 'UNBLOCK', id, 'ERROR', 'x')).rejects.toThrow(
      "ERR unknown subcommand or wrong number of arguments for 'UNBLOCK'. Try CLIENT HELP.",
    );
    await expect(other.call('CLIENT', 'UNBLOCK', id, 'NOW')).rejects.toThrow(/TIMEOUT or ERROR/);
  });

  it.each<[string, (socket: Socket) => unknown]>([
    ['closes', (socket) => socket.destroy()],
    ['shuts down its side', (socket) => socket.end()],
    ['is reset', (socket) => socket.resetAndDestroy()],
  ])('of a client that %s is given up, and takes nothing', async (_how, leave) => {
    const socket = createConnection(beside.address);
    socket.write('BLPOP {left} 0\r\n');
    await untilBlocked(beside.under, 1);
    leave(socket);
    await untilBlocked(beside.under, 0);
    const servers = beside.under.servers.map((server) => untilBlockedAt(server, 0));
    await Promise.all(servers);
    const producer = beside.under.client();
    await producer.rpush('{left}', 'x');
    expect(await producer.lpop('{left}')).toBe('x');
  });

  it('of a client that has ended already is not begun', async () => {
    const socket = createConnection(beside.address);
    socket.end('BLPOP {ended} 0\r\nPING\r\n');
    await eventually(() => socket.closed);
    expect(await metric(beside.under, 'blocked_clients')).toBe(0);
  });
});

it('beyond the limit is refused with TRYAGAIN', async () => {
  await using under = await startReady({ flags: { 'private-connections-max': '2' } });
  const key = keyOf(under, 0);
  const consumers = [under.client(), under.client()].map((client) => client.blpop(key, 0));
  await untilBlocked(under, 2);
  await expect(under.client().blpop(key, 0)).rejects.toThrow(/^TRYAGAIN .*private-connections-max/);
  const elsewhere = under.client().blpop(keyOf(under, 1), 0);
  await untilBlocked(under, 3);
  const producer = under.client();
  await producer.rpush(key, 1, 2);
  await producer.rpush(keyOf(under, 1), 3);
  await Promise.all([...consumers, elsewhere]);
});

it('is answered with null when the proxy stops', async () => {
  await using under = await startReady();
  const popped = under.client().blpop('k', 0);
  await untilBlocked(under, 1);
  await under.proxy.stop();
  expect(await popped).toBeNull();
});

describe('a blocking command goes on', () => {
  it('through a hold, which does not wait for it', async () => {
    await using under = await startReady();
    const key = keyOf(under, 0);
    const popped = under.client().blpop(key, 0);
    await untilBlockedAt(under.servers[0]!, 1);
    await hold(under, [holdOf({ what: 'all', drainMs: 20_000 })]);
    await untilBlockedAt(under.servers[0]!, 0);
    expect(await metric(under, 'parked_clients')).toBe(1);
    await hold(under, []);
    await untilBlockedAt(under.servers[0]!, 1);
    await under.client().rpush(key, 'x');
    expect(await popped).toEqual([key, 'x']);
  });

  it('at whom the slot belongs to after a move', async () => {
    await using under = await startReady();
    const key = keyOf(under, 0);
    const consumers = Array.from({ length: 20 }, () => under.client());
    const popped = consumers.map((client) => client.blpop(key, 0));
    await untilBlockedAt(under.servers[0]!, 20);
    await hold(under, [holdOf()]);
    swapSlots(under);
    await untilBlockedAt(under.servers[1]!, 20);
    await untilBlockedAt(under.servers[0]!, 0);
    await under.client().rpush(key, ...consumers.keys());
    expect(
      (await Promise.all(popped)).map((reply) => Number(reply![1])).sort((a, b) => a - b),
    ).toEqual([...consumers.keys()]);
    expect(await metric(under, 'uncertain_total')).toBe(0);
  });

  it('at whom the slot belongs to after a move, where it only reads and only writes are held', async () => {
    await using under = await startReady();
    const key = keyOf(under, 0);
    const read = under.client().xread('BLOCK', 0, 'STREAMS', key, '0-0');
    await untilBlockedAt(under.servers[0]!, 1);
    await hold(under, [holdOf()]);
    swapSlots(under);
    await untilBlockedAt(under.servers[1]!, 1);
    await untilBlockedAt(under.servers[0]!, 0);
    await under.client().xadd(key, '1-1', 'a', 'b');
    expect(await read).toEqual([[key, [['1-1', ['a', 'b']]]]]);
  });

  it('at whom the slot belongs to after a move without a hold', async () => {
    await using under = await startReady();
    const key = keyOf(under, 0);
    const popped = under.client().blpop(key, 0);
    await untilBlockedAt(under.servers[0]!, 1);
    swapSlots(under);
    await untilBlockedAt(under.servers[1]!, 1);
    await under.client().rpush(key, 'x');
    expect(await popped).toEqual([key, 'x']);
  });

  it('for the time that is left, and then is null', async () => {
    await using under = await startReady();
    const key = keyOf(under, 0);
    const startedAtMs = performance.now();
    const popped = under.client().blpop(key, 1);
    await untilBlockedAt(under.servers[0]!, 1);
    await hold(under, [holdOf()]);
    await hold(under, []);
    await untilBlockedAt(under.servers[0]!, 1);
    expect(await popped).toBeNull();
    expect(performance.now() - startedAtMs).toBeLessThan(1900);
  });

  it('until its time is over, and is null, while its slot is held', async () => {
    await using under = await startReady();
    const popped = under.client().blpop(keyOf(under, 0), 0.5);
    await untilBlockedAt(under.servers[0]!, 1);
    await hold(under, [holdOf()]);
    expect(await popped).toBeNull();
  });

  it('with the entries that came while it was between servers', async () => {
    await using under = await startReady();
    const key = keyOf(under, 0);
    await under.client().xadd(key, '1-1', 'a', 'old');
    const read = under.client().xread('BLOCK', 0, 'STREAMS', key, '$');
    await untilBlockedAt(under.servers[0]!, 1);
    await hold(under, [holdOf({ what: 'all' })]);
    await talk(under.servers[0]!, [`XADD ${key} 2-1 a new`]);
    await hold(under, []);
    expect(await read).toEqual([[key, [['2-1', ['a', 'new']]]]]);
  });

  it.each(['kill', 'freeze'])('at the next primary when the server is lost: %s', async (how) => {
    await using under = await startReady();
    const key = keyOf(under, 0);
    const popped = under.client().blpop(key, 0);
    await untilBlockedAt(under.servers[0]!, 1);
    if (how === 'kill') await under.servers[0]!.kill();
    else under.servers[0]!.pause();
    await hold(under, [holdOf({ what: 'all', how: 'cut' })]);
    const heir = await replacePrimary(under, 0);
    await hold(under, []);
    await untilBlockedAt(heir, 1);
    await under.client().rpush(key, 'x');
    expect(await popped).toEqual([key, 'x']);
    if (how === 'freeze') under.servers[0]!.resume();
    await heir.stop();
  });
});

describe('a blocking command that was sent, and whose connection is lost', () => {
  it('is uncertain where the same server is still primary: that may have taken something', async () => {
    await using under = await startReady();
    const popped = under.client().blpop(keyOf(under, 0), 0);
    popped.catch(() => undefined);
    await untilBlockedAt(under.servers[0]!, 1);
    await talk(under.servers[0]!, ['CLIENT KILL TYPE normal']).catch(() => '');
    await expect(popped).rejects.toThrow(/^UNCERTAIN/);
  });

  it('is uncertain too where it delivers to a group: what was delivered is not delivered again', async () => {
    await using under = await startReady();
    const key = keyOf(under, 0);
    await under.client().xgroup('CREATE', key, 'g', '0', 'MKSTREAM');
    const read = under.client().xreadgroup('GROUP', 'g', 'me', 'BLOCK', 0, 'STREAMS', key, '>');
    read.catch(() => undefined);
    await untilBlockedAt(under.servers[0]!, 1);
    await talk(under.servers[0]!, ['CLIENT KILL TYPE normal']).catch(() => '');
    await expect(read).rejects.toThrow(/^UNCERTAIN/);
  });

  it('only reads, and goes on there', async () => {
    await using under = await startReady();
    const key = keyOf(under, 0);
    const read = under.client().xread('BLOCK', 0, 'STREAMS', key, '$');
    await untilBlockedAt(under.servers[0]!, 1);
    await talk(under.servers[0]!, ['CLIENT KILL TYPE normal SKIPME yes']).catch(() => '');
    await untilBlockedAt(under.servers[0]!, 1);
    await under.client().xadd(key, '1-1', 'a', 'b');
    expect(await read).toEqual([[key, [['1-1', ['a', 'b']]]]]);
  });

  it('is uncertain when it is the lease that is lost', async () => {
    await using under = await startReady({ leaseMs: 600 });
    const [popper, watcher] = [under.client(), under.client()];
    const key = keyOf(under, 0);
    const popped = popper.blpop(key, 0);
    popped.catch(() => undefined);
    await watcher.watch(`{${key}}w`);
    await untilBlockedAt(under.servers[0]!, 1);
    under.configserver.grants = false;
    await expect(popped).rejects.toThrow(/^UNCERTAIN/);
    under.configserver.grants = true;
    await eventually(async () => (await popper.get(key).catch(() => '')) === null);
    expect(await watcher.multi().set(`{${key}}w`, 1).exec()).toBeNull();
  });

  it('and for which no server comes in time, is uncertain', async () => {
    await using under = await startReady({ flags: { 'hold-queue-ms': '300' } });
    const popped = under.client().blpop(keyOf(under, 0), 0);
    popped.catch(() => undefined);
    await untilBlockedAt(under.servers[0]!, 1);
    await under.servers[0]!.kill();
    await expect(popped).rejects.toThrow(/^UNCERTAIN/);
  });
});
