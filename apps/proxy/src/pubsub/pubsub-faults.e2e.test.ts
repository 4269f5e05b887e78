/** What subscribers see when something goes wrong. */
import { keySlot } from '@keyfleet/slots';
import { startFaultProxy, startRedis } from '@keyfleet/testkit';
import { slotOwners, type Hold } from '@keyfleet/topology';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import {
  runIdOf,
  startProxyUnderTest,
  type Options,
  type ProxyUnderTest,
} from '../testing/proxy-under-test.ts';
import { RawClient } from '../testing/raw-client.ts';

async function start(options: Options = {}): Promise<ProxyUnderTest> {
  const under = await startProxyUnderTest({ shards: 2, ...options });
  await eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);
  return under;
}

async function metric({ proxy }: ProxyUnderTest, name: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${proxy.adminPort}/metrics`);
  const found = new RegExp(`^keyfleet_proxy_${name} (\\d+)$`, 'm').exec(await response.text());
  return Number(found?.[1]);
}

/** A channel that lives at the shard with this index. */
function channelOf(under: ProxyUnderTest, shard: number): string {
  const owners = slotOwners(under.configserver.topology!);
  for (let i = 0; ; i++) {
    const name = Buffer.from(`channel:${i}`);
    if (owners[keySlot(name, 0, name.length)] === shard) return name.toString();
  }
}

async function subscribed(under: ProxyUnderTest, ...channels: string[]): Promise<RawClient> {
  const client = await RawClient.connect(under.proxy);
  client.send('SUBSCRIBE', ...channels);
  await client.take(channels.length);
  return client;
}

/** The next message says so; those before it were lost or are not asked for. */
async function untilHeard(under: ProxyUnderTest, subscriber: RawClient, channel: string) {
  const publisher = under.client();
  let count = 0;
  await eventually(async () => {
    await publisher.publish(channel, `try ${++count}`).catch(() => undefined);
    return subscriber.received.length > 0;
  });
  subscriber.received.length = 0;
}

const acknowledged = (under: ProxyUnderTest, version: number) =>
  eventually(() => under.configserver.acknowledged === version);

/** The shard's primary is now the server at this address, as it lives now. */
async function promote(under: ProxyUnderTest, shard: number, at: { host: string; port: number }) {
  const runId = await runIdOf(at);
  const { host, port } = at;
  const { version } = under.publish(({ shards }) => ({
    shards: shards.map((each, i) =>
      i === shard
        ? { ...each, epoch: each.epoch + 1, primary: { ...each.primary!, runId, host, port } }
        : each,
    ),
  }));
  await acknowledged(under, version);
}

describe('a subscriber', () => {
  it('hears a server again that died, as soon as the topology names its new life', async () => {
    await using under = await start();
    const channels = [channelOf(under, 0), channelOf(under, 1)];
    const subscriber = await subscribed(under, ...channels);
    await under.servers[0]!.kill();
    expect(await under.client().publish(channels[1]!, 'the other lives')).toBe(1);
    expect(await subscriber.take(1)).toEqual([['message', channels[1], 'the other lives']]);
    await under.servers[0]!.restart();
    await promote(under, 0, under.servers[0]!);
    expect(await under.client().publish(channels[0]!, 'back')).toBe(1);
    expect(await subscriber.take(1)).toEqual([['message', channels[0], 'back']]);
  });

  it('misses nothing that is published behind a failover, whatever it is subscribed to', async () => {
    await using under = await start({ flags: { 'channel-scope': 'home' } });
    await using successor = await startRedis();
    const channel = channelOf(under, 0);
    const subscriber = await subscribed(under, channel);
    subscriber.send('PSUBSCRIBE', 'channel:*');
    subscriber.send('SSUBSCRIBE', channel);
    await subscriber.take(2);
    await under.servers[0]!.kill();
    await promote(under, 0, successor);
    const publisher = under.client();
    expect(await publisher.publish(channel, 'hi')).toBe(2);
    expect(await publisher.spublish(channel, 'hi')).toBe(1);
    // Published elsewhere than it lives, patterns hear it, and are counted.
    const elsewhere = channelOf(under, 1);
    const multi = publisher.multi().get(elsewhere).publish(channel, 'far').publish(elsewhere, 'hi');
    expect((await multi.exec())!.map(([, reply]) => reply)).toEqual([null, 1, 1]);
    const got = (await subscriber.take(5)).map((message) => (message as string[])[0]);
    expect(got.sort()).toEqual(['message', 'pmessage', 'pmessage', 'pmessage', 'smessage']);
    expect(await metric(under, 'feed_losses_total')).toBeGreaterThan(0);
  });

  it('comes back by itself when the network was cut, or silent', async () => {
    await using spare = await startRedis();
    await using fault = await startFaultProxy(spare);
    await using under = await start({ flags: { 'server-silence-ms': '400' } });
    await promote(under, 0, fault);
    const channel = channelOf(under, 0);
    const subscriber = await subscribed(under, channel);

    fault.cut();
    await eventually(async () => (await metric(under, 'feed_losses_total')) > 0);
    fault.heal();
    await untilHeard(under, subscriber, channel);

    const losses = await metric(under, 'feed_losses_total');
    fault.stall('replies');
    await eventually(async () => (await metric(under, 'feed_losses_total')) > losses);
    fault.heal();
    await untilHeard(under, subscriber, channel);
  });

  it.each(['home', 'all'])(
    'hears everything once, in order, while the slot of its channel moves (%s)',
    async (scope) => {
      await using under = await start({ flags: { 'channel-scope': scope } });
      const channel = channelOf(under, 0);
      const slot = String(keySlot(Buffer.from(channel), 0, channel.length));
      const subscriber = await subscribed(under, channel);
      subscriber.send('SSUBSCRIBE', channel);
      await subscriber.take(1);
      const publisher = under.client();
      let isOver = false;
      let count = 0;
      const publishing = (async () => {
        for (; !isOver || count % 2 > 0; count++)
          expect(
            await publisher[count % 2 > 0 ? 'spublish' : 'publish'](channel, String(count)),
          ).toBe(1);
      })();

      const hold: Hold = {
        ...{ id: 'move', shard: 'shard-0', slots: slot, what: 'writes', how: 'drain' },
        drainMs: 1000,
      };
      await eventually(() => count > 50);
      await acknowledged(under, under.publish(() => ({ holds: [hold] })).version);
      const flipped = under.publish(({ shards }) => ({
        holds: [hold],
        shards: shards.map((shard, i) => ({
          ...shard,
          slots: i === 0 ? without(shard.slots, Number(slot)) : `${shard.slots},${slot}`,
        })),
      }));
      await acknowledged(under, flipped.version);
      under.publish(() => ({ holds: [] }));
      const before = count;
      await eventually(() => count > before + 50);
      isOver = true;
      await publishing;

      const got = (await subscriber.take(count)).map((message) => Number((message as string[])[2]));
      expect(got).toEqual(Array.from({ length: count }, (_, i) => i));
      expect(subscriber.received).toEqual([]);
      const moved = new Redis(under.servers[1]!.port, under.servers[1]!.host);
      expect(await moved.call('PUBSUB', 'SHARDCHANNELS')).toEqual([channel]);
      moved.disconnect();
    },
  );

  it('hears a shard that joins, and is not held up by one that leaves', async () => {
    await using under = await start();
    await using joining = await startRedis();
    const channel = channelOf(under, 0);
    const subscriber = await subscribed(under, channel);
    subscriber.send('PSUBSCRIBE', 'nothing');
    await subscriber.take(1);
    const [first] = under.configserver.topology!.shards;
    const primary = { id: 'shard-9-0', runId: await runIdOf(joining), ...at(joining) };
    const joined = { id: 'shard-9', slots: first!.slots, epoch: 1, primary, replicas: [] };
    const { version } = under.publish(({ shards }) => ({
      shards: [{ ...first!, slots: '' }, shards[1]!, joined],
    }));
    await acknowledged(under, version);
    expect(await under.client().publish(channel, 'at the new one')).toBe(1);
    expect(await subscriber.take(1)).toEqual([['message', channel, 'at the new one']]);
    const { version: last } = under.publish(({ shards }) => ({ shards: shards.slice(1) }));
    await acknowledged(under, last);
    expect(await under.client().publish(channel, 'still')).toBe(1);
    expect(await subscriber.take(1)).toEqual([['message', channel, 'still']]);
  });

  it('hears nothing without a lease, and again with the next', async () => {
    await using under = await start({ leaseMs: 600 });
    const channel = channelOf(under, 0);
    const subscriber = await subscribed(under, channel);
    under.configserver.grants = false;
    await eventually(
      async () => !((await under.admin('/topology')) as { serving: boolean }).serving,
    );
    const direct = new Redis(under.servers[0]!.port, under.servers[0]!.host);
    await direct.publish(channel, 'nobody may hear this');
    subscriber.send('SUBSCRIBE', 'another');
    expect(await subscriber.take(1)).toMatchObject([
      { text: 'CLUSTERDOWN The proxy lost its lease from the configserver' },
    ]);
    under.configserver.grants = true;
    await eventually(async () => {
      await direct.publish(channel, 'again');
      return subscriber.received.length > 0;
    });
    expect(subscriber.received[0]).toEqual(['message', channel, 'again']);
    direct.disconnect();
  });
});

describe('a subscription while a shard is away', () => {
  it('is confirmed after the time that commands wait, and is in force when the shard is back', async () => {
    await using under = await start({ flags: { 'hold-queue-ms': '300' } });
    const channels = [channelOf(under, 0), channelOf(under, 1)];
    await under.servers[0]!.kill();
    const subscriber = await subscribed(under, ...channels);
    expect(await metric(under, 'subscriptions_unconfirmed_total')).toBe(2);
    // By now the proxy knows that the shard is away: nothing else waits for it.
    for (let i = 0; i < 100; i++) subscriber.send('SUBSCRIBE', `more:${i}`);
    await subscriber.take(100);
    await under.client().publish(channels[1]!, 'hi');
    expect(await subscriber.take(1)).toEqual([['message', channels[1], 'hi']]);
    await under.servers[0]!.restart();
    await promote(under, 0, under.servers[0]!);
    await under.client().publish(channels[0]!, 'hi');
    expect(await subscriber.take(1)).toEqual([['message', channels[0], 'hi']]);
  });

  it('does not hold up the messages of another', async () => {
    await using under = await start({ flags: { 'channel-scope': 'home' } });
    const channels = [channelOf(under, 0), channelOf(under, 1)];
    const subscriber = await subscribed(under, channels[1]!);
    under.servers[0]!.pause();
    subscriber.send('SUBSCRIBE', channels[0]!);
    await untilPendingOne(under);
    expect(await under.client().publish(channels[1]!, 'hi')).toBe(1);
    expect(await subscriber.take(1)).toEqual([['message', channels[1], 'hi']]);
    under.servers[0]!.resume();
    expect(await subscriber.take(1)).toEqual([['subscribe', channels[0], 2]]);
  });
});

describe('PUBLISH', () => {
  it('waits for a hold, and is unknown, never repeated, when its server is cut off', async () => {
    await using under = await start();
    const channel = channelOf(under, 0);
    const subscriber = await subscribed(under, channel);
    const publisher = under.client();
    const drain: Hold = { id: 'h', shard: 'shard-0', what: 'writes', how: 'drain', drainMs: 1000 };
    await acknowledged(under, under.publish(() => ({ holds: [drain] })).version);
    const waiting = publisher.publish(channel, 'held');
    await eventually(async () => (await metric(under, 'parked_clients')) === 1);
    await acknowledged(under, under.publish(() => ({ holds: [] })).version);
    expect(await waiting).toBe(1);
    expect(await subscriber.take(1)).toEqual([['message', channel, 'held']]);

    under.servers[0]!.pause();
    const lost = publisher.publish(channel, 'lost?');
    lost.catch(() => undefined);
    await untilPendingOne(under);
    const cut: Hold = { ...drain, id: 'c', what: 'all', how: 'cut' };
    under.publish(() => ({ holds: [cut] }));
    await expect(lost).rejects.toThrow(/^UNCERTAIN/);
    under.servers[0]!.resume();
    under.publish(() => ({ holds: [] }));
    await untilHeard(under, subscriber, channel);
  });
});

describe('a subscriber that does not read', () => {
  it.each([
    ['far too much at once', { 'subscriber-output-bytes-max': '1000000' }],
    ['much for too long', { 'subscriber-soft-bytes-max': '10000', 'subscriber-soft-seconds': '1' }],
  ])('is closed when it has %s; who reads is not', async (_what, flags) => {
    await using under = await start({ flags });
    const [lazy, eager] = [await subscribed(under, 'much'), await subscribed(under, 'much')];
    lazy.socket.pause();
    const publisher = under.client();
    const message = 'x'.repeat(100_000);
    let count = 0;
    await eventually(async () => {
      if (count < 200) await publisher.publish('much', message);
      if (count < 200) count++;
      return (await metric(under, 'subscribers_cut_total')) === 1;
    });
    expect(await eager.take(count)).toHaveLength(count);
    lazy.socket.resume();
    await eventually(() => lazy.isClosed);
    expect(eager.isClosed).toBe(false);
    expect(await metric(under, 'subscriptions')).toBe(1);
  });
});

describe('the memory for all clients', () => {
  it('counts what subscribers have not read', async () => {
    await using under = await start({ flags: { 'max-memory': '4000000' } });
    const [lazy, eager] = [await subscribed(under, 'much'), await subscribed(under, 'much')];
    lazy.socket.pause();
    const publisher = under.client();
    await eventually(async () => {
      await publisher.publish('much', 'x'.repeat(100_000));
      return (await metric(under, 'clients_shed_total')) === 1;
    });
    await eventually(async () => (await metric(under, 'subscriptions')) === 1);
    expect(eager.isClosed).toBe(false);
  });
});

describe('worker processes', () => {
  it('bring messages of the clients of each to those of all', async () => {
    await using under = await start({ flags: { workers: '2' } });
    const subscribers = await Promise.all(
      Array.from({ length: 12 }, () => subscribed(under, 'shared')),
    );
    const publishers = Array.from({ length: 12 }, () => under.client());
    await Promise.all(publishers.map((publisher, i) => publisher.publish('shared', String(i))));
    const wanted = publishers.map((_, i) => String(i)).sort();
    for (const subscriber of subscribers) {
      const got = await subscriber.take(12);
      expect(got.map((message) => (message as string[])[2]!).sort()).toEqual(wanted);
    }
    expect(await metric(under, 'subscriptions')).toBe(12);
  });
});

describe('limits', () => {
  it('of one client, and of all, refuse the whole command', async () => {
    const flags = { 'client-subscriptions-max': '3', 'subscriptions-max': '5' };
    await using under = await start({ flags });
    const [one, other] = [await subscribed(under, 'a', 'b'), await subscribed(under, 'a', 'b')];
    one.send('PSUBSCRIBE', 'c*', 'd*');
    expect(await one.take(1)).toMatchObject([
      { text: 'ERR a client may have 3 subscriptions (client-subscriptions-max)' },
    ]);
    one.send('SUBSCRIBE', 'a', 'b', 'c');
    expect(await one.take(3)).toEqual([
      ['subscribe', 'a', 2],
      ['subscribe', 'b', 2],
      ['subscribe', 'c', 3],
    ]);
    other.send('SSUBSCRIBE', 'a');
    expect(await other.take(1)).toMatchObject([
      { text: 'ERR all clients may have 5 subscriptions (subscriptions-max)' },
    ]);
    one.close();
    await eventually(async () => (await metric(under, 'subscriptions')) === 2);
    other.send('SSUBSCRIBE', 'a');
    expect(await other.take(1)).toEqual([['ssubscribe', 'a', 1]]);
  });
});

function at({ host, port }: { host: string; port: number }) {
  return { host, port };
}

/** `slots` as one range, less one slot of it. */
function without(slots: string, slot: number): string {
  const [first, last] = slots.split('-').map(Number) as [number, number];
  const left = slot > first ? [`${first}-${slot - 1}`] : [];
  return [...left, ...(slot < last ? [`${slot + 1}-${last}`] : [])].join(',');
}

function untilPendingOne(under: ProxyUnderTest): Promise<void> {
  return eventually(async () => {
    const clients = (await under.admin('/clients')) as { pending: number }[];
    return clients.some(({ pending }) => pending === 1);
  });
}
