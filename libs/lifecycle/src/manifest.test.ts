import { describe, expect, it } from 'vitest';
import { ManifestError, parseManifest, quantityBytes } from './manifest.ts';

const head = {
  apiVersion: 'keyfleet.dev/v1alpha1',
  kind: 'RedisCluster',
  metadata: { name: 'shop' },
};

function mistakesOf(value: unknown): readonly string[] {
  try {
    parseManifest(value);
    return [];
  } catch (error) {
    if (error instanceof ManifestError) return error.mistakes;
    throw error;
  }
}

describe('parseManifest', () => {
  it('fills in everything from three lines', () => {
    expect(parseManifest(head).spec).toEqual({
      engine: { flavor: 'redis' },
      shards: 3,
      replicasPerShard: 1,
      durability: { mode: 'async' },
      persistence: { mode: 'aof' },
      maxMemoryPolicy: 'noeviction',
      reads: { policy: 'primary' },
      config: {},
      proxy: { replicas: 1, port: 7480 },
    });
  });

  it('shows every mistake at once, each with its field, its value and what is wanted', () => {
    const metadata = { name: 'Shop_1' };
    const spec = {
      shards: 0,
      shard: 2,
      replicasPerShard: 1.5,
      maxMemory: '1GB',
      persistence: { mode: 'x' },
      reads: { policy: 'replica' },
      durability: { mode: 'never' },
      config: { 'bad key': 'x', port: '1' },
      storage: {},
    };
    expect(mistakesOf({ apiVersion: head.apiVersion, kind: 'Redis', metadata, spec })).toEqual([
      'kind  want "RedisCluster", got "Redis"',
      'metadata.name  want a DNS label of at most 40 characters, got "Shop_1"',
      'spec.shards  want an integer from 1 to 1024, got 0',
      'spec.replicasPerShard  want an integer from 0 to 5, got 1.5',
      'spec.durability.mode  want one of async, bounded, quorum, got "never"',
      'spec.persistence.mode  want one of none, rdb, aof, both, got "x"',
      'spec.maxMemory  want bytes, or a quantity such as "256Mi", got "1GB"',
      'spec.config.bad key  want a name of a-z and -, as in redis.conf',
      'spec.shard  is not a field',
      'spec.reads.policy  "replica" is not built yet, want "primary"',
      'spec.storage  is not built yet',
    ]);
  });

  it.each([
    [{ kind: head.kind, metadata: {} }, 'apiVersion  is required, want "keyfleet.dev/v1alpha1"'],
    [{ ...head, metadata: {} }, 'metadata.name  is required, want text'],
    [{ ...head, spec: [] }, 'spec  want fields, got a list'],
    [{ ...head, spec: { config: { port: '1' } } }, 'spec.config.port  is set by Keyfleet'],
    [{ ...head, spec: { config: { hz: 10 } } }, 'spec.config.hz  want text, got 10'],
    ['text', 'manifest  want fields, got "text"'],
  ])('says of %j what is wrong', (value, line) => expect(mistakesOf(value)).toContain(line));

  it.each([
    ['spec.engine.image', { engine: { image: 'redis:7' } }],
    ['spec.durability.mode', { durability: { mode: 'quorum' } }],
    ['spec.reads.policy', { reads: { policy: 'replica' } }],
    ['spec.failover', { failover: {} }],
    ['spec.storage', { storage: { size: '1Gi' } }],
    ['spec.proxy.replicas', { proxy: { replicas: 2 } }],
  ])('refuses %s by name: it is not built yet', (field, spec) => {
    const mistakes = mistakesOf({ ...head, spec });
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatch(new RegExp(`^${field.replaceAll('.', '\\.')} .*not built yet`));
  });

  it.each(['port', 'replicaof', 'requirepass', 'cluster-enabled', 'include', 'PORT'])(
    'refuses config %j, which Keyfleet decides or the server would not take',
    (key) => expect(mistakesOf({ ...head, spec: { config: { [key]: '1' } } })).toHaveLength(1),
  );

  it('refuses a config value that would be a second line of redis.conf', () => {
    expect(mistakesOf({ ...head, spec: { config: { hz: '10\nport 1' } } })).toHaveLength(1);
  });

  it.each([null, undefined, 'text', [], 5])('refuses %j as a whole', (value) => {
    expect(mistakesOf(value)).not.toEqual([]);
  });
});

describe('quantityBytes', () => {
  it.each([
    ['512', 512],
    ['3Ki', 3072],
    ['256Mi', 268_435_456],
    ['2Gi', 2_147_483_648],
  ])('reads %s', (text, bytes) => expect(quantityBytes(text)).toBe(bytes));
});
