/** Scripts, functions, databases, WAIT, tracking and what servers deny, over a Redis Cluster. */
import { createHash } from 'node:crypto';
import { ErrorReply } from '@keyfleet/resp';
import { describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { OK, slotOf, useProxyOverCluster } from './testing/proxy-over-cluster.ts';

const SCRIPT = "return redis.call('INCR', KEYS[1])";
const DIGEST = createHash('sha1').update(SCRIPT).digest('hex');
const LIBRARY =
  "#!lua name=mine\nredis.register_function('bump', function(keys) return redis.call('INCR', keys[1]) end)";

describe('over a Redis Cluster', () => {
  const used = useProxyOverCluster({ flags: { 'refresh-ms': '60000', 'hold-queue-ms': '5000' } });

  const moveOf = async (key: string) => {
    const { cluster } = used.over;
    const from = await cluster.ownerOf(key);
    const to = (await cluster.primaries()).find((node) => node !== from)!;
    return { slot: slotOf(key), from, to };
  };

  it('scripts and functions run where their keys are, also where nobody brought them', async () => {
    const { over } = used;
    const client = await over.client();
    expect(await client.call('SCRIPT', 'LOAD', SCRIPT)).toBe(DIGEST);
    expect(await client.call('FUNCTION', 'LOAD', 'REPLACE', LIBRARY)).toBe('mine');
    expect(await client.call('EVALSHA', DIGEST, '1', '{s1}')).toBe(1);
    const move = await moveOf('{s1}');
    await over.cluster.beginMove(move);
    await over.cluster.moveKeys(move);
    expect(await client.call('EVALSHA', DIGEST, '1', '{s1}')).toBe(2);
    expect(await client.call('FCALL', 'bump', '1', '{s1}')).toBe(3);
    await over.cluster.endMove(move);
    expect(await client.call('EVALSHA', DIGEST, '1', '{s1}')).toBe(4);
    const [heir] = await over.cluster.replicasOf(await over.cluster.ownerOf('{s1}'));
    await over.cluster.failover(heir!);
    // A replica never got the script.
    expect(await client.call('EVALSHA', DIGEST, '1', '{s1}')).toBe(5);
    expect(await client.call('FCALL', 'bump', '1', '{s1}')).toBe(6);
    expect(await client.call('EVAL', 'return 1', '0')).toBe(1);
    expect(await client.call('SCRIPT', 'EXISTS', DIGEST)).toEqual([1]);
  });

  it('SELECT offers one database', async () => {
    const client = await used.over.client();
    expect(await client.call('SELECT', '0')).toEqual(OK);
    const refused = (await client.call('SELECT', '1')) as ErrorReply;
    expect(refused.text).toBe('ERR SELECT is not allowed in cluster mode');
    expect(await client.call('SELECT', 'x')).toBeInstanceOf(ErrorReply);
  });

  it('WAIT waits for replicas', async () => {
    const { cluster } = used.over;
    const client = await used.over.client();
    await client.call('SET', '{wait}', 'v');
    expect(await client.call('WAIT', '1', '5000')).toBe(1);
    const [replica] = await cluster.replicasOf(await cluster.ownerOf('{wait}'));
    replica!.freeze();
    await client.call('SET', '{wait}', 'w');
    expect(await client.call('WAIT', '1', '50')).toBe(0);
    replica!.thaw();
    await cluster.whenReady();
    expect(await client.call('DBSIZE')).toBeGreaterThan(0);
    expect(await client.call('KEYS', '__keyfleet*')).toEqual([]);
  });

  it('CONFIG SET reaches every primary, also what a platform would decide', async () => {
    const { over } = used;
    const client = await over.client();
    const words = [
      'maxmemory',
      '1000000000',
      'min-replicas-to-write',
      '0',
      'repl-backlog-size',
      '2000000',
    ];
    const former = (await client.call('CONFIG', 'GET', 'maxmemory')) as string[];
    expect(await client.call('CONFIG', 'SET', ...words)).toEqual(OK);
    expect(await client.call('CONFIG', 'GET', 'maxmemory')).toEqual(['maxmemory', '1000000000']);
    for (const node of await over.cluster.primaries())
      expect(await node.ask('CONFIG', 'GET', 'repl-backlog-size')).toContain('2000000');
    expect(await client.call('CONFIG', 'SET', ...former)).toEqual(OK);
    const refused = await client.call('CONFIG', 'SET', 'cluster-announce-ip', '127.0.0.1');
    expect((refused as ErrorReply).text).toContain("can't set protected config");
  });

  it('CONFIG SET holds at an heir', async () => {
    const { cluster } = used.over;
    const client = await used.over.client();
    expect(await client.call('CONFIG', 'SET', 'hash-max-listpack-entries', '77')).toEqual(OK);
    const [heir] = await cluster.replicasOf(await cluster.ownerOf('{c1}'));
    await cluster.failover(heir!);
    await client.call('SET', '{c1}', 'v');
    await eventually(async () => {
      const told = await heir!.ask('CONFIG', 'GET', 'hash-max-listpack-entries');
      return (told as string[])[1] === '77';
    });
  });

  it('who tracks a key is told, also when its slot moves', async () => {
    const { cluster } = used.over;
    const [client, other] = [await used.over.client(), await used.over.client()];
    await client.call('HELLO', '3');
    await client.call('CLIENT', 'TRACKING', 'ON');
    const move = await moveOf('{t1}');
    await other.call('SET', '{t1}', '1');
    expect(await client.call('GET', '{t1}')).toBe('1');
    await other.call('SET', '{t1}', '2');
    expect(await client.take(1)).toEqual([expect.anything()]);
    expect(await client.call('GET', '{t1}')).toBe('2');
    await cluster.reshard({ ...move, slots: [move.slot] });
    await client.take(1);
    expect(await client.call('GET', '{t1}')).toBe('2');
    await other.call('SET', '{t1}', '3');
    await client.take(1);
    expect(await client.call('GET', '{t1}')).toBe('3');
  });

  it('the proxy alone is the cluster that it shows', async () => {
    const client = await used.over.client();
    const slots = (await client.call('CLUSTER', 'SLOTS')) as unknown[][];
    expect(slots).toHaveLength(1);
    expect(slots[0]!.slice(0, 2)).toEqual([0, 16383]);
    expect((slots[0]![2] as unknown[])[1]).toBe(used.over.proxy.port);
    expect(await client.call('CLUSTER', 'INFO')).toContain('cluster_state:ok');
  });
});

describe('servers that deny commands', () => {
  const denied = [
    'config', 'client', 'slowlog', 'latency', 'acl', 'script', 'function', 'info', 'role', 'pubsub',
  ]; // prettier-ignore
  const used = useProxyOverCluster({
    primaries: 3,
    replicasPerPrimary: 0,
    config: {
      user: ['app', 'on', '>pw', '~*', '&*', '+@all', ...denied.map((name) => `-${name}`)],
    },
    flags: { 'upstream-user': 'app', 'upstream-password': 'pw' },
  });

  it('say so to clients, and everything else goes on', async () => {
    const { over } = used;
    const client = await over.client();
    for (const command of [
      ['CONFIG', 'GET', 'maxmemory'],
      ['CONFIG', 'SET', 'hz', '20'],
      ['SLOWLOG', 'LEN'],
      ['SCRIPT', 'LOAD', SCRIPT],
      ['FUNCTION', 'LIST'],
      ['PUBSUB', 'NUMPAT'],
    ])
      expect(((await client.call(...command)) as ErrorReply).text, command.join(' ')).toMatch(
        /^NOPERM/,
      );
    expect(await client.call('INFO')).toContain('redis_version');
    for (let i = 0; i < 20; i++)
      expect(await client.call('SET', `key:${i}`, String(i))).toEqual(OK);
    expect(await client.call('DBSIZE')).toBe(20);
    expect(await client.call('EVAL', SCRIPT, '1', 'count')).toBe(1);
    expect(await client.call('EVALSHA', DIGEST, '1', 'count')).toBe(2);
    client.send('MULTI');
    client.send('INCR', 'count');
    client.send('EXEC');
    expect((await client.take(3))[2]).toEqual([3]);
    client.send('BLPOP', 'list', '10');
    await (await over.client()).call('RPUSH', 'list', 'v');
    expect(await client.take(1)).toEqual([['list', 'v']]);
    const tracked = await over.client();
    await tracked.call('HELLO', '3');
    expect(((await tracked.call('CLIENT', 'TRACKING', 'ON')) as ErrorReply).text).toMatch(
      /^NOPERM/,
    );
    expect(await tracked.call('GET', 'key:7')).toBe('7');
    const subscriber = over.lines();
    await subscriber.ask('SUBSCRIBE news');
    await client.call('PUBLISH', 'news', 'told');
    await subscriber.hears('told');
  });
});
