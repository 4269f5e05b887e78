import { describe, expect, it } from 'vitest';
import { kubernetesFields, ManifestError, parseManifest, quantityBytes } from './manifest.ts';

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
      proxy: { port: 7480 },
      storage: { size: '1Gi', retention: { whenDeleted: 'Retain' } },
      scheduling: { antiAffinity: { host: 'required' }, nodeSelector: {}, tolerations: [] },
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
      reads: { policy: 'secondary' },
      durability: { mode: 'never' },
      config: { 'bad key': 'x', port: '1' },
      storage: { size: '10GB' },
      scheduling: { nodes: ['a'] },
    };
    expect(mistakesOf({ apiVersion: head.apiVersion, kind: 'Redis', metadata, spec })).toEqual([
      'kind  want "RedisCluster", got "Redis"',
      'metadata.name  want a DNS label of at most 40 characters that begins with a letter, got "Shop_1"',
      'spec.shards  want an integer from 1 to 1024, got 0',
      'spec.replicasPerShard  want an integer from 0 to 5, got 1.5',
      'spec.durability.mode  want one of async, bounded, quorum, got "never"',
      'spec.persistence.mode  want one of none, rdb, aof, both, got "x"',
      'spec.maxMemory  want bytes, or a quantity such as "256Mi", got "1GB"',
      'spec.reads.policy  want one of primary, replica, nearest, any, got "secondary"',
      'spec.config.bad key  want a name of a-z and -, as in redis.conf',
      'spec.storage.size  want a quantity such as "10Gi", got "10GB"',
      'spec.scheduling.nodes  is not a field',
      'spec.shard  is not a field',
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
    ['spec.durability.mode', { durability: { mode: 'quorum' } }],
    ['spec.failover', { failover: {} }],
  ])('refuses %s by name: it is not built yet', (field, spec) => {
    const mistakes = mistakesOf({ ...head, spec });
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatch(new RegExp(`^${field.replaceAll('.', '\\.')} .*not built yet`));
  });

  it.each([
    'port',
    'replicaof',
    'requirepass',
    'slave-read-only',
    'cluster-enabled',
    'include',
    'PORT',
  ])('refuses config %j, which Keyfleet decides or the server would not take', (key) =>
    expect(mistakesOf({ ...head, spec: { config: { [key]: '1' } } })).toHaveLength(1),
  );

  it('refuses a config value that would be a second line of redis.conf', () => {
    expect(mistakesOf({ ...head, spec: { config: { hz: '10\nport 1' } } })).toHaveLength(1);
  });

  it.each([null, undefined, 'text', [], 5])('refuses %j as a whole', (value) => {
    expect(mistakesOf(value)).not.toEqual([]);
  });
});

describe('where servers and proxies run', () => {
  const limits = { limits: { cpu: '2', memory: '1Gi' } };

  it.each([
    ['proxies that follow their load', { proxy: { autoscaling: { maxReplicas: 5 } } }],
    ['one number of proxies', { proxy: { replicas: 3 } }],
    ['CPUs in three forms', { resources: { requests: { cpu: '0.5' }, ...limits } }],
    ['thousandths of a CPU', { proxy: { resources: { requests: { cpu: '250m' } } } }],
    ['volumes that go with the cluster', { storage: { retention: { whenDeleted: 'Delete' } } }],
    ['a class of volumes', { storage: { size: '2Ti', storageClassName: 'fast' } }],
    ['hosts that may be shared', { scheduling: { antiAffinity: { host: 'preferred' } } }],
    ['hosts by label', { scheduling: { nodeSelector: { 'example.com/disk': 'ssd' } } }],
    ['hosts with a taint', { scheduling: { tolerations: [{ key: 'a', operator: 'Exists' }] } }],
    ['an image', { engine: { image: 'registry.local/redis:8.0' } }],
  ])('may be said: %s', (_name, spec) => expect(mistakesOf({ ...head, spec })).toEqual([]));

  it.each([
    [
      { proxy: { replicas: 2, autoscaling: { maxReplicas: 5 } } },
      'spec.proxy.autoscaling  excludes replicas: the autoscaler sets their number',
    ],
    [
      { proxy: { autoscaling: { minReplicas: 4, maxReplicas: 3 } } },
      'spec.proxy.autoscaling.maxReplicas  want at least minReplicas',
    ],
    [
      { proxy: { autoscaling: {} } },
      'spec.proxy.autoscaling.maxReplicas  is required, want an integer from 1 to 1000',
    ],
    [
      { resources: { limits: { cpu: 'two' } } },
      'spec.resources.limits.cpu  want CPUs, such as "2", "0.5" or "250m", got "two"',
    ],
    [{ resources: { limits: { disk: '1Gi' } } }, 'spec.resources.limits.disk  is not a field'],
    [
      { storage: { retention: { whenDeleted: 'Keep' } } },
      'spec.storage.retention.whenDeleted  want one of Retain, Delete, got "Keep"',
    ],
    [
      { scheduling: { antiAffinity: { host: 'no' } } },
      'spec.scheduling.antiAffinity.host  want one of required, preferred, got "no"',
    ],
  ])('may be wrong: %j', (spec, line) => expect(mistakesOf({ ...head, spec })).toEqual([line]));
});

describe('kubernetesFields', () => {
  it('names what a manifest says that has no effect on one machine', () => {
    const spec = {
      shards: 2,
      engine: { flavor: 'valkey', image: 'valkey:9' },
      proxy: { port: 7481, replicas: 2, resources: {} },
      storage: {},
      scheduling: {},
      resources: {},
    };
    expect(kubernetesFields({ ...head, spec })).toEqual([
      'spec.engine.image',
      'spec.resources',
      'spec.storage',
      'spec.scheduling',
      'spec.proxy.replicas',
      'spec.proxy.resources',
    ]);
    const autoscaled = { proxy: { autoscaling: { maxReplicas: 2 } } };
    expect(kubernetesFields({ ...head, spec: autoscaled })).toEqual(['spec.proxy.autoscaling']);
  });

  it('names nothing that was only filled in', () => expect(kubernetesFields(head)).toEqual([]));
});

describe('quantityBytes', () => {
  it.each([
    ['512', 512],
    ['3Ki', 3072],
    ['256Mi', 268_435_456],
    ['2Gi', 2_147_483_648],
  ])('reads %s', (text, bytes) => expect(quantityBytes(text)).toBe(bytes));
});
