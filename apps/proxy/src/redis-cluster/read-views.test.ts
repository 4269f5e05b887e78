/** What the nodes of a cluster answer, as replies, and the view that is read from it. */
import { decodeReply, ProtocolError, type Reply } from '@keyfleet/resp';
import { describe, expect, it } from 'vitest';
import { readClusterInfo } from './read-cluster-info.ts';
import { readClusterShards } from './read-cluster-shards.ts';
import { readClusterSlots } from './read-cluster-slots.ts';

const plain = { host: 'asked', isTls: false };
const overTls = { host: 'asked', isTls: true };

type NodeSaid = Record<string, string | number | null>;
const node = (over: NodeSaid = {}): Reply =>
  Object.entries({
    ...{ id: 'a', port: 7000, ip: '10.0.0.1', endpoint: '10.0.0.1', role: 'master' },
    ...{ 'replication-offset': 0, health: 'online' },
    ...over,
  }).flat();
const shard = (slots: number[], ...nodes: Reply[]): Reply => ['slots', slots, 'nodes', nodes];

describe('CLUSTER SHARDS', () => {
  it('tells slots, primaries and replicas, and who is healthy', () => {
    const reply = [
      shard(
        [0, 5, 9, 9],
        node(),
        node({ id: 'b', role: 'replica', port: 7001, health: 'loading' }),
      ),
      shard([6, 8], node({ id: 'c', health: 'failed' })),
    ];
    expect(readClusterShards(reply, plain)).toEqual([
      {
        slots: '0-5,9',
        primary: { id: 'a', host: '10.0.0.1', port: 7000, isHealthy: true },
        replicas: [{ id: 'b', host: '10.0.0.1', port: 7001, isHealthy: false }],
      },
      {
        slots: '6-8',
        primary: { id: 'c', host: '10.0.0.1', port: 7000, isHealthy: false },
        replicas: [],
      },
    ]);
  });

  it.each<[string, NodeSaid, string]>([
    ['the endpoint', { endpoint: 'node-1.example' }, 'node-1.example'],
    ['the address, where a host name is wanted and not set', { endpoint: '?' }, '10.0.0.1'],
    ['the address, where nothing is to be said', { endpoint: null }, '10.0.0.1'],
    ['who was asked, for a node that knows no address', { endpoint: '', ip: '' }, 'asked'],
  ])('gives as host %s', (_name, over, host) => {
    expect(readClusterShards([shard([0, 1], node(over))], plain)[0]!.primary.host).toBe(host);
  });

  it.each([
    ['the plain port', { 'tls-port': 7100 }, plain, 7000],
    ['the TLS port over TLS', { 'tls-port': 7100 }, overTls, 7100],
    ['the only port over TLS', {}, overTls, 7000],
  ])('gives %s', (_name, over: NodeSaid, reached, port) => {
    expect(readClusterShards([shard([0, 1], node(over))], reached)[0]!.primary.port).toBe(port);
  });

  it('takes the primary that took over, not the one that failed', () => {
    const reply = [shard([0, 1], node({ health: 'fail' }), node({ id: 'b' }))];
    expect(readClusterShards(reply, plain)[0]!.primary.id).toBe('b');
  });

  it('keeps a primary without slots, but not one that is gone', () => {
    const reply = [shard([], node()), shard([], node({ id: 'b', health: 'fail' }))];
    expect(readClusterShards(reply, plain)).toMatchObject([{ slots: '', primary: { id: 'a' } }]);
  });

  it('leaves out a shard without a primary', () => {
    expect(readClusterShards([shard([], node({ role: 'replica' }))], plain)).toEqual([]);
  });

  it.each<[string, Reply]>([
    ['no list', 'OK'],
    ['two primaries in a shard', [shard([0, 1], node(), node({ id: 'b' }))]],
    ['a shard without nodes', [['slots', [0, 1]]]],
  ])('is refused with %s', (_name, reply) => {
    expect(() => readClusterShards(reply, plain)).toThrow(ProtocolError);
  });
});

describe('CLUSTER SLOTS', () => {
  it('tells the slots of each primary, and its replicas', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((id, i) => [`10.0.0.${i}`, 7000 + i, id]);
    const reply = [
      [0, 5, a!, b!],
      [7, 7, c!],
      [9, 9, a!, b!],
    ];
    expect(readClusterSlots(reply, plain)).toEqual([
      {
        slots: '0-5,9',
        primary: { id: 'a', host: '10.0.0.0', port: 7000, isHealthy: true },
        replicas: [{ id: 'b', host: '10.0.0.1', port: 7001, isHealthy: true }],
      },
      {
        slots: '7',
        primary: { id: 'c', host: '10.0.0.2', port: 7002, isHealthy: true },
        replicas: [],
      },
    ]);
  });

  it.each<[string, Reply[], string]>([
    ['a name', ['node.example', 1, 'a'], 'node.example'],
    ['who was asked, for nothing', [null, 1, 'a'], 'asked'],
    ['who was asked, for an empty text', ['', 1, 'a'], 'asked'],
    ['the address, where nothing is to be said', [null, 1, 'a', ['ip', '10.0.0.9']], '10.0.0.9'],
    ['the address, for a name that is not set', ['?', 1, 'a', ['ip', '10.0.0.9']], '10.0.0.9'],
  ])('gives as host %s', (_name, said, host) => {
    expect(readClusterSlots([[0, 1, said]], plain)[0]!.primary.host).toBe(host);
  });

  it.each<[string, Reply]>([
    ['no list', 'OK'],
    ['no ids, as before Redis 4', [[0, 1, ['10.0.0.1', 7000]]]],
  ])('is refused with %s', (_name, reply) => {
    expect(() => readClusterSlots(reply, plain)).toThrow(ProtocolError);
  });
});

describe('CLUSTER INFO', () => {
  it.each<[string, Reply, object | null]>([
    [
      'a whole cluster',
      'cluster_state:ok\r\ncluster_current_epoch:6\r\n',
      { isOk: true, epoch: 6 },
    ],
    [
      'a broken one',
      'cluster_state:fail\r\ncluster_current_epoch:0\r\n',
      { isOk: false, epoch: 0 },
    ],
    ['nothing, for a denial', decodeReply(Buffer.from('-NOPERM no\r\n')), null],
  ])('tells of %s', (_name, reply, standing) => {
    expect(readClusterInfo(reply)).toEqual(standing);
  });
});
