/** One configserver on the embedded store, real servers: how replication is built and how a shard comes back. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { routes, type ApiClient } from '@keyfleet/api';
import { temporaryDirectory } from '@keyfleet/testkit';
import { cluster, Fleet, isWhole, topologyThat } from './testing/fleet.ts';
import { startConfig } from './testing/start-config.ts';

const params = { cluster };
const patience = { timeout: 10_000 };
const statusOf = async (client: ApiClient) => client.call(routes.getCluster, { params });
const stampOf = (fleet: Fleet, id: string) => fleet.ask(id, 'GET', '__keyfleet:stamp');

describe('a cluster of real servers', () => {
  it('gets primaries, replicas in sync, and is ready once a proxy serves', async () => {
    await using directory = await temporaryDirectory();
    await using fleet = await Fleet.start(2, 1);
    await using config = await startConfig(join(directory.path, 'store.db'));
    const { client } = config;
    await fleet.register(client);
    const topology = await topologyThat(client, isWhole);
    expect(topology.shards).toMatchObject([
      { id: 'shard-0', slots: '0-8191', epoch: 1, primary: { id: 'shard-0-0' } },
      { id: 'shard-1', slots: '8192-16383', epoch: 1, primary: { id: 'shard-1-0' } },
    ]);
    await fleet.ask('shard-1-0', 'SET', 'key', 'value');
    await expect.poll(() => fleet.ask('shard-1-1', 'GET', 'key'), patience).toBe('value');
    await expect
      .poll(() => stampOf(fleet, 'shard-0-1'), patience)
      .toMatch(/^{"epoch":1,"seq":\d+}$/);

    await expect.poll(() => statusOf(client), patience).toMatchObject({ phase: 'Degraded' });
    const proxy = {
      id: 'p',
      host: '127.0.0.1',
      port: 7480,
      adminUrl: 'http://127.0.0.1:1',
      pid: 7,
    };
    const grant = await client.call(routes.openSession, { params, body: { proxy } });
    expect(grant.version).toBe(topology.version);
    await client.call(routes.renewSession, {
      params: { cluster, session: grant.session },
      body: { appliedVersion: grant.version, health: 'serving', errors: [] },
    });
    expect(await statusOf(client)).toMatchObject({
      phase: 'Ready',
      topologyVersion: topology.version,
      proxies: [{ id: 'p', address: '127.0.0.1:7480', pid: 7, topologyVersion: topology.version }],
      shards: [
        {
          because: null,
          primary: { id: 'shard-0-0', state: 'primary', pid: expect.any(Number) as number },
          replicas: [{ id: 'shard-0-1', state: 'replica' }],
        },
        { because: null },
      ],
    });
    const metrics = await (await fetch(`${config.url}/metrics`)).text();
    expect(metrics).toContain(`keyfleet_nodes{cluster="${cluster}",state="replica"} 2`);
    expect(metrics).toContain(`keyfleet_readable_replicas{cluster="${cluster}"} 2`);
    expect(metrics).toMatch(
      /keyfleet_replica_lag_bytes{cluster="team-a.orders",node="shard-0-1"} \d+/,
    );
  });

  it('keeps a replica that restarted unread until it caught up', async () => {
    await using directory = await temporaryDirectory();
    await using fleet = await Fleet.start(1, 1);
    await using config = await startConfig(join(directory.path, 'store.db'));
    await fleet.register(config.client);
    const before = await topologyThat(config.client, isWhole);
    await fleet.node('shard-0-1').server.kill();
    await fleet.node('shard-0-1').server.restart();
    const after = await topologyThat(
      config.client,
      (topology) => isWhole(topology) && topology.version > before.version,
    );
    expect(after.shards[0]).toMatchObject({ epoch: 1, primary: before.shards[0]!.primary });
    expect(after.version).toBe(before.version + 2);
  });

  it('takes a killed primary back with its data, in a new epoch', async () => {
    await using directory = await temporaryDirectory();
    await using fleet = await Fleet.start(1, 1);
    await using config = await startConfig(join(directory.path, 'store.db'));
    await fleet.register(config.client);
    await topologyThat(config.client, isWhole);
    await fleet.ask('shard-0-0', 'SET', 'key', 'value');
    await expect.poll(() => stampOf(fleet, 'shard-0-1'), patience).toBeTruthy();
    const { server } = fleet.node('shard-0-0');
    await server.kill();
    await server.restart();
    const { shards } = await topologyThat(
      config.client,
      (topology) => isWhole(topology) && topology.shards[0]!.epoch > 1,
    );
    expect(await fleet.ask(shards[0]!.primary!.id, 'GET', 'key')).toBe('value');
    expect(await fleet.ask(shards[0]!.replicas[0]!.id, 'GET', 'key')).toBe('value');
  });

  it('never lets an emptied primary win over its replica', async () => {
    await using directory = await temporaryDirectory();
    await using fleet = await Fleet.start(1, 1);
    await using config = await startConfig(join(directory.path, 'store.db'));
    await fleet.register(config.client);
    await topologyThat(config.client, isWhole);
    await fleet.ask('shard-0-0', 'SET', 'key', 'value');
    await expect.poll(() => stampOf(fleet, 'shard-0-1'), patience).toBeTruthy();
    await expect.poll(() => fleet.ask('shard-0-1', 'GET', 'key'), patience).toBe('value');
    const { server } = fleet.node('shard-0-0');
    await server.kill();
    await fleet.empty('shard-0-0');
    await server.restart();
    const { shards } = await topologyThat(
      config.client,
      (topology) => isWhole(topology) && topology.shards[0]!.epoch > 1,
    );
    expect(shards[0]!.primary!.id).toBe('shard-0-1');
    expect(await fleet.ask('shard-0-0', 'GET', 'key')).toBe('value');
  });

  it('comes back with all data after everything stopped', async () => {
    await using directory = await temporaryDirectory();
    await using fleet = await Fleet.start(2, 1);
    const file = join(directory.path, 'store.db');
    let version = 0;
    {
      await using config = await startConfig(file);
      await fleet.register(config.client);
      ({ version } = await topologyThat(config.client, isWhole));
      await fleet.ask('shard-1-0', 'SET', 'key', 'value');
    }
    await Promise.all(fleet.nodes.map(({ server }) => server.stop()));
    await using config = await startConfig(file);
    await Promise.all(fleet.nodes.map(({ server }) => server.restart()));
    const after = await topologyThat(
      config.client,
      (topology) => isWhole(topology) && topology.shards.every(({ epoch }) => epoch > 1),
    );
    expect(after.version).toBeGreaterThan(version);
    expect(await fleet.ask(after.shards[1]!.primary!.id, 'GET', 'key')).toBe('value');
  });

  it('is blocked when its store is lost and its servers hold data', async () => {
    await using directory = await temporaryDirectory();
    await using fleet = await Fleet.start(1, 1);
    {
      await using config = await startConfig(join(directory.path, 'store.db'));
      await fleet.register(config.client);
      await topologyThat(config.client, isWhole);
      await fleet.ask('shard-0-0', 'SET', 'key', 'value');
    }
    await using config = await startConfig(join(directory.path, 'other.db'));
    await fleet.register(config.client);
    await expect
      .poll(() => statusOf(config.client), patience)
      .toMatchObject({
        phase: 'Creating',
        shards: [
          { because: expect.stringMatching(/holds \d keys?, but the cluster is new/) as string },
        ],
      });
    expect(await fleet.ask('shard-0-0', 'GET', 'key')).toBe('value');
  });

  it('waits for a primary that is not restarted, and says so', async () => {
    await using directory = await temporaryDirectory();
    await using fleet = await Fleet.start(1, 1);
    await using config = await startConfig(join(directory.path, 'store.db'));
    await fleet.register(config.client);
    await topologyThat(config.client, isWhole);
    await fleet.node('shard-0-0').server.kill();
    await expect
      .poll(() => statusOf(config.client), patience)
      .toMatchObject({
        phase: 'Degraded',
        shards: [
          {
            because: 'the primary shard-0-0 does not answer (connection refused)',
            primary: { state: 'unreachable' },
          },
        ],
      });
    await expect(
      config.client.call(routes.deleteNode, { params: { cluster, node: 'shard-0-0' } }),
    ).rejects.toMatchObject({ code: 'NODE_IS_PRIMARY' });
  });
});
