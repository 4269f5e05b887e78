import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freeAddress, startRedis, temporaryDirectory } from '@keyfleet/testkit';
import { describe, expect, it } from 'vitest';
import { ClusterSpec } from './manifest.ts';
import { NOWHERE, serverConfig } from './server-config.ts';

const place = { host: '127.0.7.1', port: 6379, dataDir: '/data/shard-0-0' };

function configOf(spec: Parameters<typeof ClusterSpec.parse>[0], at = place): Map<string, string> {
  const lines = serverConfig(ClusterSpec.parse(spec), at).trimEnd().split('\n');
  return new Map(lines.map((line) => [line.split(' ')[0]!, line.slice(line.indexOf(' ') + 1)]));
}

describe('serverConfig', () => {
  it('boots every server as a replica of nowhere that serves nothing stale', () => {
    const config = configOf({});
    expect(config.get('replicaof')).toBe(`${NOWHERE.host} ${NOWHERE.port}`);
    expect(config.get('replica-serve-stale-data')).toBe('no');
    expect(config.get('bind')).toBe(place.host);
  });

  it('never speaks of cluster mode', () => {
    expect([...configOf({}).keys()].filter((key) => key.startsWith('cluster'))).toEqual([]);
  });

  it.each([
    ['none', 'no', '""'],
    ['rdb', 'no', '3600 1 300 100 60 10000'],
    ['aof', 'yes', '""'],
    ['both', 'yes', '3600 1 300 100 60 10000'],
  ])('persists with mode %s', (mode, appendonly, save) => {
    const config = configOf({ persistence: { mode } });
    expect([config.get('appendonly'), config.get('save')]).toEqual([appendonly, save]);
  });

  it('writes memory in bytes and the settings of the user in a stable order', () => {
    const config = configOf({
      maxMemory: '1Gi',
      config: { 'lazyfree-lazy-expire': 'yes', hz: '20' },
    });
    expect(config.get('maxmemory')).toBe('1073741824');
    expect([...config.keys()].slice(-2)).toEqual(['hz', 'lazyfree-lazy-expire']);
  });

  it('is taken by a real server, also with a directory that needs quotes', async () => {
    await using directory = await temporaryDirectory();
    const dataDir = join(directory.path, 'a "b" c');
    await mkdir(dataDir);
    const address = await freeAddress();
    const path = join(directory.path, 'redis.conf');
    const spec = ClusterSpec.parse({ persistence: { mode: 'both' }, maxMemory: '64Mi' });
    await writeFile(path, serverConfig(spec, { ...address, dataDir }));
    await using server = await startRedis({ address, args: ['--include', path] });
    expect(server.port).toBe(address.port);
    expect(await readdir(dataDir)).toContain('appendonlydir');
  });
});
