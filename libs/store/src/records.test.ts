import { describe, expect, it } from 'vitest';
import { clusterPrefix, eventKey, RecordError, records } from './index.ts';

describe('keys', () => {
  it.each([
    ['the leader', records.leader.key({}), '/keyfleet/v1/leader'],
    ['a cluster', records.cluster.key({ cluster: 'c1' }), '/keyfleet/v1/clusters/c1'],
    ['a topology', records.topology.key({ cluster: 'c1' }), '/keyfleet/v1/clusters/c1/topology'],
    [
      'a shard',
      records.shard.key({ cluster: 'c1', shard: 'shard-0' }),
      '/keyfleet/v1/clusters/c1/shards/shard-0',
    ],
    [
      'a name that could end its part',
      records.node.key({ cluster: 'c1', node: 'a/b' }),
      '/keyfleet/v1/clusters/c1/nodes/a%2Fb',
    ],
    [
      'events, in order as text',
      eventKey('c1', 12),
      '/keyfleet/v1/clusters/c1/events/000000000012',
    ],
    [
      'a cluster in its namespace',
      records.credentials.key({ cluster: 'team-a.c1' }),
      '/keyfleet/v1/clusters/team-a.c1/credentials',
    ],
    ['all of a cluster and nothing of c10', clusterPrefix('c1'), '/keyfleet/v1/clusters/c1/'],
  ])('of %s', (_name, key, want) => expect(key).toBe(want));

  it('are read back into their parts, and only by their own kind', () => {
    const key = records.shard.key({ cluster: 'c 1', shard: 's/2' });
    expect(records.shard.parse(key)).toEqual({ cluster: 'c 1', shard: 's/2' });
    expect(records.node.parse(key)).toBeUndefined();
    expect(records.cluster.parse(key)).toBeUndefined();
  });
});

describe('values', () => {
  const shard = {
    id: 'shard-0',
    slots: '0-5460',
    epoch: 3,
    primary: { node: 'shard-0-0', runId: 'r' },
    readable: [],
    attempt: null,
  };

  it('come back as they were, under schema 1', () => {
    const text = records.shard.encode(shard);
    expect(JSON.parse(text)).toMatchObject({ schema: 1 });
    expect(records.shard.decode(text)).toEqual(shard);
  });

  it.each([
    ['no JSON', '{'],
    ['another schema', JSON.stringify({ ...shard, schema: 2 })],
    ['a field of another type', JSON.stringify({ ...shard, schema: 1, epoch: 'three' })],
  ])('that are %s are refused by name', (_name, text) => {
    const decode = (): unknown => records.shard.decode(text, '/the/key');
    expect(decode).toThrow(RecordError);
    expect(decode).toThrow('/the/key');
  });

  it('that are no JSON are not quoted: they may be secrets', () => {
    const decode = (): unknown => records.credentials.decode('{"secret":"hush');
    expect(decode).toThrow(/it is no JSON$/);
    expect(decode).not.toThrow(/hush/);
  });

  it('that are wrong cannot be written', () => {
    expect(() => records.shard.encode({ ...shard, slots: '9-3' })).toThrow();
  });
});
