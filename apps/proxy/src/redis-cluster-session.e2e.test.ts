/** Transactions, WATCH and blocking commands over a Redis Cluster whose slots move and whose primaries fail over. */
import type { Reply } from '@keyfleet/resp';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { OK, slotOf, useProxyOverCluster } from './testing/proxy-over-cluster.ts';
import type { RawClient } from './testing/raw-client.ts';

// So seldom that it is told by redirects alone.
const used = useProxyOverCluster({ flags: { 'refresh-ms': '60000', 'hold-queue-ms': '5000' } });

afterEach(() => used.over.closeClients());

async function moveOf(key: string) {
  const { cluster } = used.over;
  const from = await cluster.ownerOf(key);
  const to = (await cluster.primaries()).find((node) => node !== from)!;
  return { slot: slotOf(key), from, to };
}

const status = (text: string): Reply => ({ type: 'status', text });
const QUEUED = status('QUEUED');

/** What EXEC answers. */
async function exec(client: RawClient, ...commands: string[][]): Promise<Reply> {
  client.send('MULTI');
  for (const command of commands) client.send(...command);
  client.send('EXEC');
  const replies = await client.take(commands.length + 2);
  expect(replies.slice(0, -1)).toEqual([OK, ...commands.map(() => QUEUED)]);
  return replies.at(-1)!;
}

describe('a transaction', () => {
  it('goes to where its slot is, or is about to be, and is done once', async () => {
    const { cluster } = used.over;
    const client = await used.over.client();
    const move = await moveOf('{t1}');
    const incr = ['INCR', '{t1}count'];
    expect(await exec(client, incr, ['GET', '{t1}count'])).toEqual([1, '1']);
    await cluster.beginMove(move);
    expect(await exec(client, incr)).toEqual([2]);
    await cluster.moveKeys(move);
    expect(await exec(client, incr, ['GET', '{t1}count'])).toEqual([3, '3']);
    await cluster.endMove(move);
    expect(await exec(client, incr)).toEqual([4]);
    expect(await exec(client, incr, ['PING'], ['GET', '{t1}count'])).toEqual([
      5,
      status('PONG'),
      '5',
    ]);
  });

  it('waits until its keys are together', async () => {
    const { cluster } = used.over;
    const client = await used.over.client();
    const move = await moveOf('{t2}');
    for (const key of ['{t2}a', '{t2}b']) await client.call('SET', key, '1');
    await cluster.beginMove(move);
    await cluster.moveKeys({ ...move, keys: ['{t2}a'] });
    const answer = exec(client, ['INCR', '{t2}a'], ['INCR', '{t2}b']);
    await eventually(async () => (await used.over.metric('redirects_later_total')) > 0);
    await cluster.moveKeys(move);
    await cluster.endMove(move);
    expect(await answer).toEqual([2, 2]);
  });

  it('keeps its place among what its client pipelines', async () => {
    const { cluster } = used.over;
    const client = await used.over.client();
    const move = await moveOf('{t3}');
    await cluster.reshard({ ...move, slots: [move.slot] });
    const push = (value: string) => ['RPUSH', '{t3}list', value];
    client.send(...push('a'));
    for (const command of [['MULTI'], push('b'), push('c'), ['EXEC'], push('d')])
      client.send(...command);
    for (const command of [['MULTI'], push('e'), ['EXEC'], ['LRANGE', '{t3}list', '0', '-1']])
      client.send(...command);
    const replies = await client.take(10);
    expect(replies.at(-1)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('is done by whoever is the primary then', async () => {
    const { cluster } = used.over;
    const client = await used.over.client();
    const owner = await cluster.ownerOf('{t4}');
    const [heir] = await cluster.replicasOf(owner);
    expect(await exec(client, ['INCR', '{t4}'])).toEqual([1]);
    await cluster.failover(heir!);
    expect(await exec(client, ['INCR', '{t4}'])).toEqual([2]);
    await heir!.kill();
    await cluster.whenReady();
    expect(await exec(client, ['INCR', '{t4}'])).toEqual([3]);
    await heir!.restart();
    await cluster.whenReady();
  }, 60_000);
});

describe('WATCH', () => {
  const watched = async (key: string, between: (client: RawClient) => Promise<unknown>) => {
    const client = await used.over.client();
    expect(await client.call('WATCH', key)).toEqual(OK);
    await between(client);
    return exec(client, ['SET', key, 'mine']);
  };

  it('works as on one server', async () => {
    const other = await used.over.client();
    expect(await watched('{w1}', () => Promise.resolve())).toEqual([OK]);
    expect(await watched('{w1}', () => other.call('SET', '{w1}', 'theirs'))).toBeNull();
    expect(await other.call('GET', '{w1}')).toBe('theirs');
    const client = await used.over.client();
    await client.call('WATCH', '{w1}', '{w1}b');
    await client.call('HELLO', '3');
    expect(await exec(client, ['GET', '{w1}'], ['PING'])).toEqual(['theirs', status('PONG')]);
  });

  it('begins where the slot is by then, or about to be', async () => {
    const { cluster } = used.over;
    const other = await used.over.client();
    const move = await moveOf('{w2}');
    await other.call('SET', '{w2}', 'v');
    await cluster.beginMove(move);
    await cluster.moveKeys(move);
    expect(await watched('{w2}', () => Promise.resolve())).toEqual([OK]);
    expect(await watched('{w2}', () => other.call('SET', '{w2}', 'theirs'))).toBeNull();
    expect(await watched('{w2}', () => cluster.endMove(move))).toEqual([OK]);
    expect(await watched('{w2}', () => Promise.resolve())).toEqual([OK]);
  });

  it('meets a conflict when the slot moves, also one that the server does not see', async () => {
    const { cluster } = used.over;
    const other = await used.over.client();
    const move = await moveOf('{w3}');
    expect(
      await watched('{w3}', () => cluster.reshard({ ...move, slots: [move.slot] })),
    ).toBeNull();
    const back = { ...move, from: move.to, to: move.from };
    await other.call('SET', '{w3}data', '1');
    const client = await used.over.client();
    expect(await client.call('WATCH', '{w3}lock')).toEqual(OK);
    await cluster.beginMove(back);
    // At the next owner; what the transaction writes is still at the former one.
    expect(await other.call('SET', '{w3}lock', 'theirs')).toEqual(OK);
    expect(await exec(client, ['SET', '{w3}data', '2'])).toBeNull();
    expect(await other.call('GET', '{w3}data')).toBe('1');
    await cluster.moveKeys(back);
    await cluster.endMove(back);
  });

  it('meets a conflict when the primary fails over', async () => {
    const { cluster } = used.over;
    const owner = await cluster.ownerOf('{w4}');
    const [heir] = await cluster.replicasOf(owner);
    expect(await watched('{w4}', () => cluster.failover(heir!))).toBeNull();
    expect(await watched('{w4}', () => Promise.resolve())).toEqual([OK]);
  });
});

describe('a blocking command', () => {
  it('waits on where its slot goes', async () => {
    const { cluster } = used.over;
    const [client, other] = [await used.over.client(), await used.over.client()];
    const move = await moveOf('{b1}');
    client.send('BLPOP', '{b1}', '20');
    await cluster.reshard({ ...move, slots: [move.slot] });
    await other.call('RPUSH', '{b1}', 'v');
    expect(await client.take(1)).toEqual([['{b1}', 'v']]);
  });

  it('waits at the next owner of a slot that moves', async () => {
    const { cluster } = used.over;
    const [client, other] = [await used.over.client(), await used.over.client()];
    const move = await moveOf('{b2}');
    await cluster.beginMove(move);
    client.send('BLPOP', '{b2}', '20');
    client.send('XREAD', 'BLOCK', '20000', 'STREAMS', '{b2}s', '$');
    await eventually(async () =>
      /blocked_clients:1/.test(await move.to.askText('INFO', 'clients')),
    );
    await other.call('RPUSH', '{b2}', 'v');
    expect(await client.take(1)).toEqual([['{b2}', 'v']]);
    await eventually(async () =>
      /blocked_clients:1/.test(await move.to.askText('INFO', 'clients')),
    );
    await cluster.moveKeys(move);
    await cluster.endMove(move);
    await other.call('XADD', '{b2}s', '1-1', 'f', 'v');
    expect(await client.take(1)).toEqual([[['{b2}s', [['1-1', ['f', 'v']]]]]]);
  });

  it('waits on at the heir of its primary, with the time that is left', async () => {
    const { cluster } = used.over;
    const [client, other] = [await used.over.client(), await used.over.client()];
    const owner = await cluster.ownerOf('{b3}');
    const [heir] = await cluster.replicasOf(owner);
    client.send('BLPOP', '{b3}', '30');
    await eventually(async () => /blocked_clients:1/.test(await owner.askText('INFO', 'clients')));
    await cluster.failover(heir!);
    await eventually(async () => /blocked_clients:1/.test(await heir!.askText('INFO', 'clients')));
    await heir!.kill();
    await cluster.whenReady();
    await other.call('RPUSH', '{b3}', 'v');
    expect(await client.take(1)).toEqual([['{b3}', 'v']]);
    await heir!.restart();
    await cluster.whenReady();
  }, 60_000);
});
