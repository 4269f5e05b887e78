/** Pub/sub over a Redis Cluster, whose nodes pass messages on to each other. */
import type { ClusterNode } from '@keyfleet/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LineClient } from './testing/line-client.ts';
import type { RawClient } from './testing/raw-client.ts';
import { eventually } from './testing/eventually.ts';
import { OK, slotOf, useProxyOverCluster } from './testing/proxy-over-cluster.ts';

const used = useProxyOverCluster({ flags: { 'refresh-ms': '200' } });

/** How often `client` hears it before a message that is published now. */
async function timesHeard(client: LineClient, text: string): Promise<number> {
  const publisher = await used.over.client();
  await publisher.call('PUBLISH', 'the-end', 'over');
  await client.hears('over');
  return client.heard.split(text).length - 1;
}

/** How many connections each node counts for a channel. */
function countsAtNodes(channel: string): Promise<number[]> {
  const counts = used.over.cluster.nodes.map(async (node) => {
    const reply = await node.ask('PUBSUB', 'NUMSUB', channel);
    return Number((reply as unknown[])[1]);
  });
  return Promise.all(counts);
}

async function countedAtNodes(channel: string): Promise<number> {
  return (await countsAtNodes(channel)).reduce((sum, count) => sum + count, 0);
}

/** The one that the proxy listens at. */
async function listenedTo(channel: string): Promise<ClusterNode> {
  const counts = await countsAtNodes(channel);
  return used.over.cluster.nodes[counts.findIndex((count) => count > 0)]!;
}

describe('a message', () => {
  it('comes once, whichever node it is published at', async () => {
    const { over } = used;
    const client = over.lines();
    await client.ask('SUBSCRIBE here there the-end');
    const publisher = await over.client();
    for (const channel of ['here', 'there'])
      expect(await publisher.call('PUBLISH', channel, `proxy-${channel}.`)).toBe(1);
    await Promise.all(
      over.cluster.nodes.map((node, i) => node.ask('PUBLISH', 'here', `node-${i}.`)),
    );
    await publisher.call('EVAL', "return redis.call('PUBLISH', 'here', 'script.')", '1', 'k');
    publisher.send('MULTI');
    publisher.send('PUBLISH', 'here', 'exec.');
    publisher.send('EXEC');
    expect((await publisher.take(3))[2]).toEqual([1]);
    const said = [
      'proxy-here.',
      'proxy-there.',
      'script.',
      'exec.',
      ...[0, 1, 2, 3, 4, 5].map((i) => `node-${i}.`),
    ];
    for (const text of said) await client.hears(text);
    for (const text of said) expect(await timesHeard(client, text)).toBe(1);
    expect(await countedAtNodes('here')).toBe(1);
  });

  it('comes once for each pattern, also for one that notifications match too', async () => {
    const { over } = used;
    const client = over.lines();
    await client.ask('PSUBSCRIBE * ne?s.* [n]ews.*', 'SUBSCRIBE the-end');
    const publisher = await over.client();
    expect(await publisher.call('PUBLISH', 'news.one', 'first.')).toBe(3);
    await Promise.all(over.cluster.nodes.map((node) => node.ask('PUBLISH', 'news.two', 'second.')));
    await client.hears('second.', 3 * over.cluster.nodes.length);
    expect(await timesHeard(client, 'first.')).toBe(3);
    expect(await timesHeard(client, 'second.')).toBe(3 * over.cluster.nodes.length);
  });
});

it('of keys, all primaries tell', async () => {
  const { over } = used;
  const client = over.lines();
  const writer = await over.client();
  expect(await writer.call('CONFIG', 'SET', 'notify-keyspace-events', 'KEA')).toEqual(OK);
  await client.ask('SUBSCRIBE __keyevent@0__:set the-end', 'PSUBSCRIBE __keyspace@0__:key:*');
  for (let i = 0; i < 20; i++) await writer.call('SET', `key:${i}`, 'v');
  for (let i = 0; i < 20; i++) await client.hears(`key:${i}\r\n`, 2);
  expect(await timesHeard(client, '__keyspace@0__:key:7\r\n')).toBe(1);
  expect(await writer.call('CONFIG', 'SET', 'notify-keyspace-events', '')).toEqual(OK);
});

it('PUBSUB counts clients, also those of nodes', async () => {
  const { over } = used;
  const clients = [over.lines(), over.lines()];
  for (const client of clients) await client.ask('SUBSCRIBE counted', 'PSUBSCRIBE counted.*');
  const asking = await over.client();
  expect(await asking.call('PUBSUB', 'NUMSUB', 'counted', 'nobody')).toEqual([
    'counted',
    2,
    'nobody',
    0,
  ]);
  expect(await asking.call('PUBSUB', 'CHANNELS', 'count*')).toEqual(['counted']);
  expect(await asking.call('PUBSUB', 'NUMPAT')).toBeGreaterThanOrEqual(1);
  for (const client of clients) client.close();
  await eventually(async () => (await countedAtNodes('counted')) === 0);
  expect(await asking.call('PUBSUB', 'NUMSUB', 'counted')).toEqual(['counted', 0]);
});

describe('a sharded channel', () => {
  it('is published and heard at the owner of its slot, and moves with it', async () => {
    const { over } = used;
    const { cluster } = over;
    const client = over.lines();
    await client.ask('SSUBSCRIBE {one}a {one}b', 'SSUBSCRIBE {two}a', 'SSUBSCRIBE {three}a');
    const publisher = await over.client();
    for (const channel of ['{one}a', '{one}b', '{two}a', '{three}a'])
      expect(await publisher.call('SPUBLISH', channel, `at-${channel}.`)).toBe(1);
    for (const channel of ['{one}a', '{one}b', '{two}a', '{three}a'])
      await client.hears(`at-${channel}.`);

    const from = await cluster.ownerOf('{one}');
    const to = (await cluster.primaries()).find((node) => node !== from)!;
    await cluster.reshard({ from, to, slots: [slotOf('{one}')] });
    await eventually(async () => {
      await publisher.call('SPUBLISH', '{one}a', 'moved.');
      return client.heard.includes('moved.');
    });
    await eventually(async () => (await publisher.call('SPUBLISH', '{one}b', 'again.')) === 1);
    await client.hears('again.');
    expect(client.heard).not.toContain('sunsubscribe');
    await client.ask('SUNSUBSCRIBE {one}a {one}b');
    await eventually(async () => (await publisher.call('SPUBLISH', '{one}b', 'gone.')) === 0);
  });
});

describe('messages on several channels come in the order of their publisher', () => {
  const COUNT = 1000;
  const channels = Array.from({ length: 10 }, (_, i) => `n${i}-${i % 2}`);
  let publisher: RawClient;
  let subscriber: RawClient;

  beforeAll(async () => {
    publisher = await used.over.client();
    subscriber = await used.over.client();
    const half = channels.filter((channel) => channel.endsWith('-0'));
    subscriber.send('SUBSCRIBE', ...half);
    // All primaries are asked for what begins with a star: what they pass on comes once.
    subscriber.send('PSUBSCRIBE', 'n?-1', '*[1357]-1');
    await subscriber.take(half.length + 2);
  });

  function publish(from: number, to: number): void {
    for (let i = from; i < to; i++)
      publisher.send('PUBLISH', channels[i % channels.length]!, String(i));
  }

  /** Each, as often as somebody is subscribed. */
  async function expectAll(): Promise<void> {
    const want = Array.from({ length: COUNT }, (_, i) => {
      const times = i % 2 === 0 || i % channels.length === 9 ? 1 : 2;
      return Array.from({ length: times }, () => String(i));
    }).flat();
    const heard = await subscriber.take(want.length);
    expect(heard.map((reply) => String((reply as unknown[]).at(-1)))).toEqual(want);
    const replies = await publisher.take(COUNT);
    expect(replies.every((reply) => Number(reply) >= 1)).toBe(true);
  }

  it('wherever their slots are', async () => {
    const owners = await Promise.all(channels.map((of) => used.over.cluster.ownerOf(of)));
    expect(new Set(owners).size).toBe(3);
    publish(0, COUNT);
    await expectAll();
  });

  it('while the primary of another shard is killed', async () => {
    const { cluster } = used.over;
    const home = await listenedTo(channels[0]!);
    const victim = (await cluster.primaries()).find((node) => node !== home)!;
    publish(0, COUNT / 2);
    await victim.kill();
    publish(COUNT / 2, COUNT);
    await expectAll();
    await cluster.whenReady();
    await victim.restart();
    await cluster.whenReady();
  }, 60_000);
});

it('messages go on while the primary that it listens at fails over, but for those of the outage', async () => {
  const { over } = used;
  const { cluster } = over;
  const channels = Array.from({ length: 12 }, (_, i) => `channel-${i}`);
  const client = over.lines();
  await client.ask(`SUBSCRIBE ${channels.join(' ')}`);
  const victim = await listenedTo(channels[0]!);
  const owners = await Promise.all(channels.map((channel) => cluster.ownerOf(channel)));
  const sharded = channels[owners.indexOf(victim)]!;
  await client.ask(`SSUBSCRIBE ${sharded}`);
  await victim.kill();
  const publisher = await over.client();
  // Any node will do: none of them waits for the one that is gone.
  for (const channel of channels)
    await eventually(async () => {
      expect(await publisher.call('PUBLISH', channel, `after-${channel}.`)).toBeTypeOf('number');
      return client.heard.includes(`after-${channel}.`);
    });
  await cluster.whenReady();
  await eventually(async () => {
    await publisher.call('SPUBLISH', sharded, 'sharded.');
    return client.heard.includes('sharded.');
  });
  for (const channel of channels) {
    const from = client.heard.length;
    await publisher.call('PUBLISH', channel, `last-${channel}.`);
    await client.hears(`last-${channel}.`);
    await client.ask();
    expect(client.heard.slice(from).split(`last-${channel}.`)).toHaveLength(2);
  }
}, 60_000);
