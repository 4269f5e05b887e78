import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClusterSpec, nodesOf } from '@keyfleet/lifecycle';
import { systemClock } from '@keyfleet/runtime';
import { freeAddress, temporaryDirectory, type Address } from '@keyfleet/testkit';
import { describe, expect, it } from 'vitest';
import { Keeper, type Command } from './keeper.ts';
import { LocalPlatform } from './local-platform.ts';

const spec = ClusterSpec.parse({ shards: 1, replicasPerShard: 1, persistence: { mode: 'none' } });
const nodes = nodesOf(spec);
const { signal } = new AbortController();

/** Ready, like a proxy that serves. */
function proxyAt({ host, port }: Address): Command {
  const script = `require('node:http').createServer((_, answer) => answer.end()).listen(${port}, '${host}')`;
  return { file: process.execPath, args: ['-e', script] };
}

async function newPlatform() {
  const directory = await temporaryDirectory();
  const [proxy, ...servers] = await Promise.all([freeAddress(), freeAddress(), freeAddress()]);
  const world = { served: 0 };
  const keeper = new Keeper({
    dataDir: directory.path,
    clock: systemClock,
    record: () => undefined,
    onEnd: () => undefined,
  });
  const platform = new LocalPlatform({
    dataDir: directory.path,
    cluster: 'shop',
    keeper,
    addresses: Object.fromEntries(nodes.map(({ id }, at) => [id, servers[at]!])),
    serverBinary: 'redis-server',
    proxy: {
      id: 'proxy-0',
      command: proxyAt(proxy),
      readyUrl: `http://${proxy.host}:${proxy.port}/readyz`,
    },
    onServe: () => world.served++,
  });
  const observe = () => platform.observe(spec, signal);
  return {
    platform,
    dataDir: directory.path,
    world,
    observe,
    states: async () => {
      const { servers, proxies } = await observe();
      return [...[...servers.values()].map(({ state }) => state), proxies.state];
    },
    [Symbol.asyncDispose]: async () => {
      keeper.close();
      await keeper.stopAll(0);
      await directory[Symbol.asyncDispose]();
    },
  };
}

const soon = { timeout: 20_000, interval: 20 };

describe('LocalPlatform', () => {
  it('starts servers and the proxy, sees them ready, and stops them', async () => {
    await using made = await newPlatform();
    const { platform, states, world } = made;
    expect(await states()).toEqual(['absent', 'absent', 'absent']);
    await platform.startServers(nodes, spec);
    await expect.poll(states, soon).toEqual(['ready', 'ready', 'absent']);
    expect(world.served).toBe(0);
    await platform.startProxies();
    expect(world.served).toBe(1);
    await expect.poll(states, soon).toEqual(['ready', 'ready', 'ready']);

    await platform.stopProxies();
    await expect.poll(states, soon).toEqual(['ready', 'ready', 'absent']);
    await platform.stopServers(nodes);
    await expect.poll(states, soon).toEqual(['absent', 'absent', 'absent']);
  });

  it('keeps nothing that could be outdated, and asks for no password', async () => {
    await using made = await newPlatform();
    expect(await made.observe()).toMatchObject({ outdated: [], credentials: null });
  });

  it('deletes the data of servers that have ended', async () => {
    await using made = await newPlatform();
    const { platform, observe } = made;
    await platform.startServers(nodes, spec);
    expect((await observe()).volumes).toEqual(nodes.map(({ id }) => id));
    await platform.stopServers(nodes);
    await platform.deleteVolumes(nodes);
    expect((await observe()).volumes).toEqual([]);
  });

  it('names a configuration after its cluster and node, and removes the one of earlier versions', async () => {
    await using made = await newPlatform();
    const directory = join(made.dataDir, 'nodes/shard-0-1');
    const old = join(directory, 'redis.conf');
    mkdirSync(directory, { recursive: true });
    writeFileSync(old, 'port 1\n');
    await made.platform.startServers(nodes, spec);
    expect(existsSync(join(directory, 'shop.shard-0-1.conf'))).toBe(true);
    expect(existsSync(old)).toBe(false);
  });
});
