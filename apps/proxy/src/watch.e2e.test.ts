/** WATCH as clients use it, beside a plain server, and when something happens to the server or the slot. */
import type { ServerProcess } from '@keyfleet/testkit';
import { describe, expect, it } from 'vitest';
import type { ProxyUnderTest } from './testing/proxy-under-test.ts';
import { eventually } from './testing/eventually.ts';
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

describe('WATCH', () => {
  const beside = useProxyBesidePlain();
  const ask = (...lines: string[]): Promise<string> => talk(beside.address, lines);

  it.each<[string, string[]]>([
    ['when nothing was written', ['WATCH {a}1', 'MULTI', 'SET {a}1 x', 'EXEC', 'DEL {a}1']],
    ['when it wrote itself', ['WATCH {b}1', 'SET {b}1 mine', 'MULTI', 'SET {b}1 x', 'EXEC', 'GET {b}1', 'DEL {b}1']],
    ['when it wrote before', ['SET {c}1 mine', 'WATCH {c}1', 'MULTI', 'GET {c}1', 'EXEC', 'DEL {c}1']],
    ['when it watches several', ['WATCH {d}1 {d}2', 'WATCH {d}3', 'SET {d}3 x', 'MULTI', 'EXEC', 'MULTI', 'GET {d}3', 'EXEC', 'DEL {d}3']],
    ['after UNWATCH', ['WATCH {e}1', 'SET {e}1 x', 'UNWATCH', 'MULTI', 'GET {e}1', 'EXEC', 'DEL {e}1']],
    ['after DISCARD', ['WATCH {f}1', 'SET {f}1 x', 'MULTI', 'DISCARD', 'MULTI', 'GET {f}1', 'EXEC', 'DEL {f}1']],
    ['after RESET', ['WATCH {g}1', 'SET {g}1 x', 'RESET', 'MULTI', 'GET {g}1', 'EXEC', 'DEL {g}1']],
    ['after EXEC', ['WATCH {h}1', 'MULTI', 'EXEC', 'SET {h}1 x', 'MULTI', 'GET {h}1', 'EXEC', 'DEL {h}1']],
    ['inside MULTI', ['MULTI', 'WATCH {i}1', 'SET {i}1 x', 'EXEC', 'DEL {i}1']],
    ['UNWATCH inside MULTI', ['WATCH {j}1', 'SET {j}1 x', 'MULTI', 'UNWATCH', 'EXEC', 'DEL {j}1']],
    ['when the transaction is aborted', ['WATCH {k}1', 'SET {k}1 x', 'MULTI', 'NOSUCH', 'EXEC', 'MULTI', 'GET {k}1', 'EXEC', 'DEL {k}1']],
    ['with what the proxy answers', ['WATCH {l}1', 'MULTI', 'PING', 'SET {l}1 x', 'CLIENT SETNAME me', 'EXEC', 'CLIENT GETNAME', 'DEL {l}1']],
    ['with what the proxy answers, in vain', ['WATCH {m}1', 'SET {m}1 x', 'MULTI', 'CLIENT SETNAME me', 'EXEC', 'CLIENT GETNAME', 'DEL {m}1']],
    ['in another database', ['SELECT 2', 'WATCH {n}1', 'SELECT 0', 'SET {n}1 zero', 'MULTI', 'SET {n}1 x', 'EXEC', 'SELECT 2', 'GET {n}1', 'SELECT 0', 'DEL {n}1']],
    ['of keys in two databases', ['WATCH {o}1', 'SELECT 2', 'WATCH {o}1', 'SELECT 0', 'SET {o}1 zero', 'SELECT 2', 'MULTI', 'GET {o}1', 'EXEC', 'SELECT 0', 'DEL {o}1']],
    ['without a key', ['WATCH', 'MULTI', 'EXEC']],
  ])('answers as a plain server %s', async (_name, lines) => {
    expect(await ask(...lines)).toBe(await talk(beside.plain, lines));
  }); // prettier-ignore

  it('in RESP3 answers null when it met a conflict', async () => {
    const answer = await ask('HELLO 3', 'WATCH {p}1', 'SET {p}1 x', 'MULTI', 'GET {p}1', 'EXEC');
    expect(answer).toContain('+QUEUED\r\n_\r\n');
  });

  it('stands in one slot with its transaction', async () => {
    expect(await ask('WATCH one two')).toMatch(/^-CROSSSLOT/);
    expect(await ask('WATCH one', 'WATCH two')).toMatch(/^\+OK\r\n-CROSSSLOT/);
    expect(await ask('WATCH one', 'MULTI', 'GET two', 'EXEC')).toMatch(
      /-CROSSSLOT.*\r\n-EXECABORT/,
    );
  });

  it('aborts when another client writes, and not when it only reads', async () => {
    const [mine, other] = [beside.under.client(), beside.under.client()];
    await mine.watch('{q}1');
    await other.get('{q}1');
    expect(await mine.multi().set('{q}1', 'a').exec()).toEqual([[null, 'OK']]);
    await mine.watch('{q}1');
    await other.set('{q}1', 'b');
    expect(await mine.multi().set('{q}1', 'c').exec()).toBeNull();
    expect(await other.get('{q}1')).toBe('b');
  });

  it('counts right however many increment at once', async () => {
    const increment = async (client = beside.under.client()): Promise<void> => {
      for (let done = 0; done < 25;) {
        await client.watch('{count}');
        const next = Number(await client.get('{count}')) + 1;
        if ((await client.multi().set('{count}', next).exec()) !== null) done++;
      }
    };
    await Promise.all(Array.from({ length: 6 }, () => increment()));
    expect(await beside.under.client().get('{count}')).toBe('150');
  });

  it('keeps few connections, and gives back that of a client that leaves', async () => {
    const clients = Array.from({ length: 20 }, () => beside.under.client());
    await Promise.all(clients.map((client) => client.watch('{many}')));
    expect(await metric(beside.under, 'watch_connections')).toBeGreaterThanOrEqual(20);
    for (const client of clients) client.disconnect();
    await eventually(async () => (await metric(beside.under, 'watch_connections')) <= 3 * 8);
  });
});

it('has connections that clients which block cannot take, and no more than those', async () => {
  await using under = await startReady({
    flags: { 'private-connections-max': '1', 'watch-connections-max': '1' },
  });
  const key = keyOf(under, 0);
  const blocked = under.client().blpop(`{${key}}list`, 0);
  await eventually(async () => (await metric(under, 'blocked_clients')) === 1);
  const client = under.client();
  await client.watch(key);
  await expect(under.client().watch(key)).rejects.toThrow(/^TRYAGAIN .*watch-connections-max/);
  expect(await client.multi().rpush(`{${key}}list`, 'v').exec()).toEqual([[null, 1]]);
  expect(await blocked).toEqual([`{${key}}list`, 'v']);
  expect(await under.client().watch(key)).toBe('OK');
});

describe('a watch is broken, and EXEC does nothing', () => {
  const transaction = async (
    under: ProxyUnderTest,
    happens: (key: string) => Promise<void>,
  ): Promise<void> => {
    const client = under.client();
    const key = keyOf(under, 0);
    await client.watch(key);
    await happens(key);
    expect(await client.multi().set(key, 'done').exec()).toBeNull();
    expect(await under.client().get(key)).not.toBe('done');
    await client.watch(key);
    expect(await client.multi().set(key, 'done').exec()).toEqual([[null, 'OK']]);
  };

  it('when its slot was held', async () => {
    await using under = await startReady();
    await transaction(under, async () => {
      await hold(under, [holdOf()]);
      await hold(under, []);
    });
  });

  it('when its slot went to another shard, and even when it came back', async () => {
    await using under = await startReady();
    await transaction(under, async () => {
      swapSlots(under);
      await hold(under, []);
      swapSlots(under);
      await hold(under, []);
    });
  });

  it('when its shard got another primary', async () => {
    await using under = await startReady();
    let heir: ServerProcess | undefined;
    await transaction(under, async () => {
      heir = await replacePrimary(under, 0);
      await hold(under, []);
    });
    await heir!.stop();
  });

  it('when its server died', async () => {
    await using under = await startReady();
    let heir: ServerProcess | undefined;
    await transaction(under, async () => {
      await under.servers[0]!.kill();
      await eventually(async () => (await metric(under, 'watch_connections')) === 0);
      heir = await replacePrimary(under, 0);
      await hold(under, []);
    });
    await heir!.stop();
  });

  it('and one that is made while its slot is held for writes is not: EXEC waits', async () => {
    await using under = await startReady();
    const client = under.client();
    const key = keyOf(under, 0);
    await hold(under, [holdOf()]);
    await client.watch(key);
    const executed = client.multi().set(key, 'late').exec();
    await eventually(async () => (await metric(under, 'parked_clients')) === 1);
    await hold(under, []);
    expect(await executed).toEqual([[null, 'OK']]);
  });
});

it('a lost server leaves EXEC of a watch uncertain, once it was sent', async () => {
  await using under = await startReady();
  const client = under.client();
  const key = keyOf(under, 0);
  await client.watch(key);
  under.servers[0]!.pause();
  const executed = client.multi().set(key, 'x').exec();
  executed.catch(() => undefined);
  await eventually(async () => (await metric(under, 'in_flight')) >= 3);
  await under.servers[0]!.kill();
  await expect(executed).rejects.toThrow(/^UNCERTAIN/);
});

it('an EXEC that waits too long ends its watch with its transaction', async () => {
  await using under = await startReady({ flags: { 'hold-queue-ms': '100' } });
  const client = under.client();
  const key = keyOf(under, 0);
  await hold(under, [holdOf()]);
  await client.watch(key);
  await expect(client.multi().set(key, 'x').exec()).rejects.toThrow(/^TRYAGAIN/);
  await hold(under, []);
  await under.client().set(key, 'y');
  expect(await client.multi().get(key).exec()).toEqual([[null, 'y']]);
});
