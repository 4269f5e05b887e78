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

  it('shows every mistake at once, each with its field', () => {
    const metadata = { name: 'Shop_1' };
    const spec = { shards: 0, replicas: 2, maxMemory: '1GB', config: { 'bad key': 'x' } };
    const fields = mistakesOf({ ...head, kind: 'Redis', metadata, spec }).map(
      (line) => line.split('  ')[0],
    );
    expect(fields).toEqual([
      'kind',
      'metadata.name',
      'spec.shards',
      'spec.maxMemory',
      'spec.config.bad key',
      'spec',
    ]);
  });

  it.each([
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
