import { parseManifest } from '@keyfleet/lifecycle';
import type { PlatformRecord } from '@keyfleet/local-platform';
import { ConfigError } from '@keyfleet/runtime';
import { describe, expect, it } from 'vitest';
import { CommandError } from './command-error.ts';
import { apiPorts, completeLaunch, planLaunch, type LaunchSources } from './launch.ts';
import type { ManifestFile } from './manifest-file.ts';

const redis = { path: '/bin/redis-server', flavor: 'redis', version: '7.0.15' } as const;
const nothing: LaunchSources = { dataDir: '/data', flags: {}, env: {}, file: null, recorded: null };

const plan = (sources: Partial<LaunchSources>) => planLaunch({ ...nothing, ...sources });

function recordedBy(sources: Partial<LaunchSources>): PlatformRecord {
  const { cluster, spec, settings } = plan(sources);
  return { schema: 1, cluster, spec, settings, hasServed: true, addresses: {}, processes: {} };
}

function fileOf(spec: object, said: ManifestFile['said']): ManifestFile {
  const head = { apiVersion: 'keyfleet.dev/v1alpha1', kind: 'RedisCluster' };
  const manifest = parseManifest({ ...head, metadata: { name: 'shop' }, spec });
  return { path: 'cluster.yaml', manifest, said, forKubernetes: [] };
}

function mistakesOf(sources: Partial<LaunchSources>): string {
  try {
    plan(sources);
    return '';
  } catch (error) {
    if (error instanceof CommandError || error instanceof ConfigError)
      return `${error.exitCode}: ${error.message}`;
    throw error;
  }
}

describe('planLaunch', () => {
  it('starts three shards with a replica each when nothing is said', () => {
    expect(plan({})).toMatchObject({
      cluster: 'default',
      spec: { shards: 3, replicasPerShard: 1, proxy: { port: 7480 } },
      settings: { bind: '127.0.0.1', apiPort: 7400, adminPort: 9901, etcd: null, configservers: 1 },
    });
  });

  it('takes flags over the environment, the environment over the file, the file over what is recorded', () => {
    const recorded = recordedBy({ flags: { port: '1001', apiPort: '1002', bind: '127.0.0.2' } });
    const file = fileOf({ proxy: { port: 2001 } }, { port: '2001' });
    const env = { KEYFLEET_API_PORT: '3002', KEYFLEET_BIND: '127.0.0.3' };
    const flags = { bind: '127.0.0.4' };
    const { spec, settings } = plan({
      recorded: { ...recorded, cluster: 'shop' },
      file,
      env,
      flags,
    });
    expect(spec.proxy.port).toBe(2001);
    expect(settings).toMatchObject({ apiPort: 3002, bind: '127.0.0.4' });
  });

  it('comes back with what is recorded', () => {
    const said = { shards: '2', replicas: '0', port: '1001', server: '/opt/valkey-server' };
    const recorded = recordedBy({ flags: said, file: fileOf({ maxMemory: '1Gi' }, {}) });
    expect(recordedBy({ recorded })).toEqual(recorded);
  });

  it('keeps the spec of the manifest', () => {
    const { cluster, spec } = plan({
      file: fileOf({ shards: 5, maxMemory: '1Gi' }, { shards: '5' }),
    });
    expect([cluster, spec.shards, spec.maxMemory]).toEqual(['shop', 5, '1Gi']);
  });

  it('lets a flag say what the manifest does not', () => {
    expect(plan({ file: fileOf({}, {}), flags: { shards: '2' } }).spec.shards).toBe(2);
  });

  it.each<[string, Partial<LaunchSources>, RegExp]>([
    [
      'every wrong setting at once',
      { flags: { shards: '0' }, env: { KEYFLEET_PORT: 'x' } },
      /^78: .*2 settings.*--shards .*KEYFLEET_PORT/s,
    ],
    [
      'a flag against the manifest',
      { file: fileOf({ shards: 3 }, { shards: '3' }), flags: { shards: '5' } },
      /^78: .*--shards {2}is 5, but cluster\.yaml says 3/s,
    ],
    [
      'the environment against the manifest',
      { file: fileOf({ shards: 3 }, { shards: '3' }), env: { KEYFLEET_SHARDS: '5' } },
      /KEYFLEET_SHARDS {2}is 5, but cluster\.yaml says 3/,
    ],
    [
      'another number of shards and replicas than recorded',
      { recorded: recordedBy({}), flags: { shards: '4', replicas: '2' } },
      /--shards {2}.* made with 3, got 4: scaling is not built yet.*--replicas {2}.* with 1, got 2/s,
    ],
    [
      'another store than recorded',
      { recorded: recordedBy({}), flags: { etcd: 'http://127.0.0.1:2379' } },
      /--etcd {2}.* made with none, got http:\/\/127\.0\.0\.1:2379/,
    ],
    [
      'another cluster than recorded',
      { recorded: recordedBy({}), file: fileOf({}, {}) },
      /metadata\.name {2}.* made with default, got shop/,
    ],
    [
      'several configservers without etcd',
      { flags: { configservers: '3' } },
      /--configservers {2}more than one need --etcd/,
    ],
    [
      'configservers of a Redis Cluster, which has none',
      { flags: { upstream: 'redis-cluster', apiPort: '7401' }, env: { KEYFLEET_ETCD: 'http://e' } },
      /--api-port {2}is for configservers.*KEYFLEET_ETCD {2}is for configservers/s,
    ],
    [
      'a manifest for a Redis Cluster',
      { flags: { upstream: 'redis-cluster' }, file: fileOf({}, {}) },
      /cluster\.yaml {2}is for shards of Keyfleet's own/,
    ],
    [
      'another upstream than recorded',
      { recorded: recordedBy({}), flags: { upstream: 'redis-cluster' } },
      /--upstream {2}.* made with topology, got redis-cluster: it cannot be changed/,
    ],
    [
      'one port for two things',
      { flags: { port: '9901' } },
      /--admin-port {2}9901 is taken by --port/,
    ],
    [
      'API ports beyond the last',
      { flags: { configservers: '2', apiPort: '65535', etcd: 'http://127.0.0.1:1' } },
      /--api-port {2}65536 is no port/,
    ],
  ])('refuses %s', (_name, sources, want) => expect(mistakesOf(sources)).toMatch(want));
});

it('gives each configserver a port', () => {
  expect(apiPorts({ upstream: 'topology', apiPort: 7400, configservers: 3 })).toEqual([
    7400, 7401, 7402,
  ]);
  expect(apiPorts({ upstream: 'redis-cluster', apiPort: 7400, configservers: 1 })).toEqual([]);
});

it('takes the flavor from the server that was found, unless the manifest wants the other', () => {
  const valkey = { ...redis, flavor: 'valkey' } as const;
  expect(completeLaunch(plan({}), valkey).spec.engine.flavor).toBe('valkey');
  const file = fileOf({ engine: { flavor: 'redis' } }, { server: 'redis-server' });
  expect(completeLaunch(plan({ file }), redis).spec.engine.flavor).toBe('redis');
  expect(() => completeLaunch(plan({ file }), valkey)).toThrow(/says spec\.engine\.flavor "redis"/);
});
