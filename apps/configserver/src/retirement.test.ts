/** Retired clusters and passwords on real servers: who is left alone, who comes back, and with what. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { routes, type ApiClient } from '@keyfleet/api';
import { temporaryDirectory } from '@keyfleet/testkit';
import type { Topology } from '@keyfleet/topology';
import { cluster, Fleet, isWhole, topologyThat } from './testing/fleet.ts';
import { startConfig, type TestConfigserver } from './testing/start-config.ts';

const params = { cluster };
const patience = { timeout: 10_000 };
const statusOf = (client: ApiClient) => client.call(routes.getCluster, { params });
const stampOf = (fleet: Fleet, id: string) => fleet.ask(id, 'GET', '__keyfleet:stamp');

type Setting = AsyncDisposable & TestConfigserver & { readonly fleet: Fleet };

/** A cluster of two shards with one replica each, in sync and stamped. */
async function wholeCluster(secret: string | null = null): Promise<Setting> {
  const stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryDirectory());
  const fleet = stack.use(await Fleet.start(2, 1, secret));
  const config = stack.use(await startConfig(join(path, 'store.db')));
  await fleet.register(config.client);
  await topologyThat(config.client, isWhole);
  for (const id of ['shard-0-1', 'shard-1-1']) {
    await expect.poll(() => stampOf(fleet, id), patience).toBeTruthy();
  }
  return { ...config, fleet, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function retireAndStop({ client, fleet }: Setting): Promise<void> {
  await client.call(routes.retireCluster, { params });
  await fleet.stop();
}

const backIn = (client: ApiClient): Promise<Topology> =>
  topologyThat(
    client,
    (topology) => isWhole(topology) && topology.shards.every(({ epoch }) => epoch > 1),
  );

describe('a retired cluster', () => {
  it('has servers that nobody is connected to, and that keep their roles', async () => {
    await using setting = await wholeCluster();
    const { client, fleet } = setting;
    await client.call(routes.retireCluster, { params });
    const names = async () => (await fleet.ask('shard-0-0', 'CLIENT', 'LIST')) as string;
    await expect.poll(names, patience).not.toContain('name=keyfleet-configserver');
    expect(await fleet.ask('shard-0-0', 'ROLE')).toMatchObject(['master', expect.anything(), [{}]]);
    expect(await fleet.ask('shard-0-1', 'ROLE')).toContain('connected');
  });

  it('comes back with its data when its servers are started at other addresses', async () => {
    await using setting = await wholeCluster();
    const { client, fleet } = setting;
    const before = await topologyThat(client, isWhole);
    await fleet.ask('shard-1-0', 'SET', 'key', 'value');
    await retireAndStop(setting);
    await Promise.all(fleet.nodes.map(({ id }) => fleet.move(id)));
    await fleet.register(client);
    const after = await backIn(client);
    expect(after.version).toBeGreaterThan(before.version);
    expect(await fleet.ask(after.shards[1]!.primary!.id, 'GET', 'key')).toBe('value');
    expect(await fleet.ask(after.shards[1]!.replicas[0]!.id, 'GET', 'key')).toBe('value');
  });

  it('comes back from the replica when the primary lost its data in between', async () => {
    await using setting = await wholeCluster();
    const { client, fleet } = setting;
    await fleet.ask('shard-1-0', 'SET', 'key', 'value');
    await expect.poll(() => fleet.ask('shard-1-1', 'GET', 'key'), patience).toBe('value');
    await retireAndStop(setting);
    await fleet.empty('shard-1-0');
    await Promise.all(fleet.nodes.map(({ id }) => fleet.move(id)));
    await fleet.register(client);
    const { shards } = await backIn(client);
    expect(shards[1]!.primary!.id).toBe('shard-1-1');
    expect(await fleet.ask('shard-1-0', 'GET', 'key')).toBe('value');
  });

  it('comes back empty when the data of all its servers was deleted in between', async () => {
    await using setting = await wholeCluster();
    const { client, fleet } = setting;
    await fleet.ask('shard-1-0', 'SET', 'key', 'value');
    await retireAndStop(setting);
    for (const { id } of fleet.nodes) await fleet.empty(id);
    await Promise.all(fleet.nodes.map(({ id }) => fleet.move(id)));
    await fleet.register(client);
    const { shards } = await backIn(client);
    expect(shards.map(({ primary }) => primary!.id)).toEqual(['shard-0-0', 'shard-1-0']);
    expect(await fleet.ask('shard-1-0', 'GET', 'key')).toBeNull();
  });

  it('touches no server that was given the address of one of its own', async () => {
    await using setting = await wholeCluster();
    const { client, fleet } = setting;
    await fleet.ask('shard-1-0', 'SET', 'key', 'value');
    await retireAndStop(setting);
    await fleet.swap('shard-0-0', 'shard-1-0');
    // Taken up again before anybody said where the servers are now.
    await client.call(routes.putCluster, { params, body: { spec: fleet.spec } });
    const stranger = (shard: string) =>
      `the primary shard-0-0 does not answer (another server answers here: ${shard}-0 of ${cluster})`;
    await expect
      .poll(() => statusOf(client), patience)
      .toMatchObject({ shards: [{ because: stranger('shard-1') }, {}] });
    await Promise.all(['shard-0-1', 'shard-1-1'].map((id) => fleet.move(id)));
    await fleet.register(client);
    const { shards } = await backIn(client);
    expect(await fleet.ask(shards[1]!.primary!.id, 'GET', 'key')).toBe('value');
  });

  it('is taken up by a configserver that was started in between', async () => {
    await using directory = await temporaryDirectory();
    await using fleet = await Fleet.start(1, 0);
    const file = join(directory.path, 'store.db');
    {
      await using config = await startConfig(file);
      await fleet.register(config.client);
      await topologyThat(config.client, isWhole);
      await fleet.ask('shard-0-0', 'SET', 'key', 'value');
      await config.client.call(routes.retireCluster, { params });
    }
    await fleet.stop();
    await using config = await startConfig(file);
    expect((await statusOf(config.client)).phase).toBe('Retired');
    await fleet.move('shard-0-0');
    await fleet.register(config.client);
    await backIn(config.client);
    expect(await fleet.ask('shard-0-0', 'GET', 'key')).toBe('value');
  });
});

describe('a cluster with a secret', () => {
  it('has a password for each shard, and is whole again when the right secret is back', async () => {
    await using setting = await wholeCluster('the secret');
    const { client, fleet } = setting;
    expect(fleet.node('shard-0-0').password).not.toBe(fleet.node('shard-1-0').password);
    await fleet.ask('shard-1-0', 'SET', 'key', 'value');

    const write = (secret: string | null) =>
      client.call(routes.putCluster, { params, body: { spec: fleet.spec, secret } });
    const because = async () => (await statusOf(client)).shards[0]!.because;
    await write('another');
    await expect
      .poll(because, patience)
      .toBe("the primary shard-0-0 does not answer (refuses the shard's password)");
    await write(null);
    await expect.poll(because, patience).toContain('asks for a password, and the cluster has none');
    await write('the secret');
    await expect.poll(because, patience).toBeNull();
    expect((await topologyThat(client, isWhole)).shards.map(({ epoch }) => epoch)).toEqual([1, 1]);
  });

  it('comes back after a cold start with its passwords', async () => {
    await using setting = await wholeCluster('the secret');
    const { client, fleet } = setting;
    await fleet.ask('shard-1-0', 'SET', 'key', 'value');
    await fleet.stop();
    await Promise.all(fleet.nodes.map(({ id }) => fleet.move(id)));
    await fleet.register(client);
    const { shards } = await backIn(client);
    expect(await fleet.ask(shards[1]!.replicas[0]!.id, 'GET', 'key')).toBe('value');
  });
});
