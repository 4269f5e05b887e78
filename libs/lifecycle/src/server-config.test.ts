import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freeAddress, startRedis, temporaryDirectory } from '@keyfleet/testkit';
import { describe, expect, it } from 'vitest';
import { ClusterSpec } from './manifest.ts';
import {
  busPort,
  NOWHERE,
  parseServerConfigName,
  redisClusterNodeConfig,
  serverConfig,
  serverConfigName,
  type ServerPlace,
} from './server-config.ts';

const place = { bind: '127.0.7.1', port: 6379, dataDir: '/data/shard-0-0' };

function configOf(spec: object, at: ServerPlace = place): Map<string, string> {
  const lines = serverConfig(ClusterSpec.parse(spec), at).trimEnd().split('\n');
  return new Map(lines.map((line) => [line.split(' ')[0]!, line.slice(line.indexOf(' ') + 1)]));
}

describe('serverConfig', () => {
  it('boots every server as a replica of nowhere that serves nothing stale', () => {
    const config = configOf({});
    expect(config.get('replicaof')).toBe(`${NOWHERE.host} ${NOWHERE.port}`);
    expect(config.get('replica-serve-stale-data')).toBe('no');
    expect(config.get('bind')).toBe(place.bind);
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

  it('says of its address what it is told, and nothing else', () => {
    expect(configOf({}).has('replica-announce-ip')).toBe(false);
    const announced = configOf({}, { ...place, announceIp: '10.0.0.7' });
    expect(announced.get('replica-announce-ip')).toBe('10.0.0.7');
  });

  it('includes the credentials last, so that no line of the user is in front of them', () => {
    expect(configOf({}).has('include')).toBe(false);
    const credentialsFile = '/credentials/credentials.conf';
    const config = configOf({ config: { hz: '20' } }, { ...place, credentialsFile });
    expect([...config].at(-1)).toEqual(['include', credentialsFile]);
  });

  it('is taken by a real server, also with a directory that needs quotes', async () => {
    await using directory = await temporaryDirectory();
    const dataDir = join(directory.path, 'a "b" c');
    await mkdir(dataDir);
    const address = await freeAddress();
    const configFile = join(directory.path, serverConfigName('team-a.orders', 'shard-0-1'));
    const credentialsFile = join(directory.path, 'credentials.conf');
    const spec = ClusterSpec.parse({ persistence: { mode: 'both' }, maxMemory: '64Mi' });
    const { host: bind, port } = address;
    const config = { bind, port, dataDir, announceIp: bind, credentialsFile };
    await writeFile(configFile, serverConfig(spec, config));
    await writeFile(credentialsFile, 'requirepass secret\nmasterauth secret\n');
    await using server = await startRedis({ address, configFile });
    expect(await readdir(dataDir)).toContain('appendonlydir');
    expect(await say(server, 'INFO server\r\n')).toMatch(/^-NOAUTH/);
    const [, told] = (await say(server, 'AUTH secret\r\nINFO server\r\n')).split('config_file:');
    expect(told!.split('\r\n')[0]).toBe(configFile);
  });

  it('keeps a subscriber to whom a long message is sent', async () => {
    await using directory = await temporaryDirectory();
    const address = await freeAddress();
    const configFile = join(directory.path, 'redis.conf');
    const at = { bind: address.host, port: address.port, dataDir: directory.path };
    await writeFile(configFile, serverConfig(ClusterSpec.parse({}), at));
    await using server = await startRedis({ address, configFile });
    const subscriber = connect(server).pause();
    subscriber.write('SUBSCRIBE a\r\n');
    await once(subscriber, 'readable');
    const bytes = 40 * 1024 * 1024;
    const message = `$${bytes}\r\n${'x'.repeat(bytes)}\r\n`;
    expect(await say(server, `*3\r\n$7\r\nPUBLISH\r\n$1\r\na\r\n${message}`)).toBe(':1\r\n');
    let heard = 0;
    for await (const chunk of subscriber) if ((heard += (chunk as Buffer).length) > bytes) break;
    expect(heard).toBeGreaterThan(bytes);
  });
});

describe('the name of a configuration', () => {
  it.each([
    ['default', 'shard-0-0'],
    ['team-a.orders', 'shard-12-3'],
    // A cluster may be named as if it were a node.
    ['shard-0-0', 'shard-0-0'],
    ['shard-0-0.shard-1-1', 'shard-2-2'],
  ])('says whose it is: %s, %s', (clusterId, nodeId) => {
    expect(parseServerConfigName(serverConfigName(clusterId, nodeId))).toEqual({
      clusterId,
      nodeId,
    });
  });

  it.each([
    '',
    'redis.conf',
    '.shard-0-0.conf',
    'a.shard-0.conf',
    'a.shard-0-0',
    'a.node-0-0.conf',
  ])('says nothing in another form: %j', (name) => expect(parseServerConfigName(name)).toBeNull());
});

/** What the server answers until it has nothing more to say. */
async function say({ host, port }: { host: string; port: number }, text: string): Promise<string> {
  const socket = connect({ host, port });
  socket.end(text);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe('redisClusterNodeConfig', () => {
  it('leaves roles to the cluster, and says where the node is', () => {
    const at = { ...place, announceIp: place.bind };
    const lines = redisClusterNodeConfig(ClusterSpec.parse({}), at).split('\n');
    expect(lines).toContain('cluster-enabled yes');
    expect(lines).toContain('cluster-port 16379');
    expect(lines).toContain(`cluster-announce-ip ${place.bind}`);
    expect(lines.filter((line) => line.startsWith('replicaof'))).toEqual([]);
  });

  it.each([
    [6379, 16379],
    [55535, 65535],
    [55536, 45536],
  ])('has the bus of port %i at %i', (port, bus) => expect(busPort(port)).toBe(bus));
});
