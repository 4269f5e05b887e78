/** How clusters are taken up, retired and forgotten over the API; their servers never answer here. */
import { join } from 'node:path';
import { routes, type ApiClient } from '@keyfleet/api';
import { credentialsId } from '@keyfleet/runtime';
import { clusterPrefix, records, type Store } from '@keyfleet/store';
import { temporaryDirectory } from '@keyfleet/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startConfig } from '../testing/start-config.ts';

let url = '';
let client: ApiClient;
let store: Store;
const started = new AsyncDisposableStack();

beforeAll(async () => {
  const directory = started.use(await temporaryDirectory());
  ({ url, client, store } = started.use(await startConfig(join(directory.path, 'store.db'))));
});
afterAll(() => started.disposeAsync());

const proxy = { id: 'p', host: '127.0.0.1', port: 7480, adminUrl: 'http://127.0.0.1:9901', pid: 1 };
const renewal = { appliedVersion: 0, health: 'serving' as const, errors: [] };
const place = { shard: 'shard-0', ordinal: 0, host: '127.0.81.200', port: 7000 };
const oneShard = { shards: 1, replicasPerShard: 0 };

const get = (cluster: string) => client.call(routes.getCluster, { params: { cluster } });
const retire = (cluster: string) => client.call(routes.retireCluster, { params: { cluster } });
const forget = (cluster: string) => client.call(routes.deleteCluster, { params: { cluster } });
const openSession = (cluster: string) =>
  client.call(routes.openSession, { params: { cluster }, body: { proxy } });
const register = (cluster: string) =>
  client.call(routes.putNode, { params: { cluster, node: 'shard-0-0' }, body: place });

async function put(cluster: string, spec: object, secret?: string | null): Promise<number> {
  const body = { spec, ...(secret !== undefined && { secret }) };
  return (await client.call(routes.putCluster, { params: { cluster }, body })).generation;
}

async function create(cluster: string): Promise<void> {
  await put(cluster, oneShard);
  await register(cluster);
}

async function eventsOf(cluster: string): Promise<string[]> {
  const { events } = await client.call(routes.listEvents, { params: { cluster } });
  return events.map(({ type }) => type);
}

async function keysOf(cluster: string): Promise<string[]> {
  const own = records.cluster.key({ cluster });
  const { entries } = await store.list(own);
  const isOf = (key: string) => key === own || key.startsWith(clusterPrefix(cluster));
  return entries.map(({ key }) => key).filter(isOf);
}

describe('a retired cluster', () => {
  it('is retired once, however often it is asked for', async () => {
    await create('twice');
    await retire('twice');
    await retire('twice');
    expect(await get('twice')).toMatchObject({
      phase: 'Retired',
      // It was never published: whoever deletes it has nothing to keep.
      topologyVersion: 0,
      shards: [{ because: 'the cluster is retired' }],
    });
    expect(await eventsOf('twice')).toEqual(['clusterCreated', 'nodeRegistered', 'clusterRetired']);
  });

  it('does not look as if it was never published when its topology is damaged', async () => {
    await create('damaged');
    await retire('damaged');
    const topology = records.topology.key({ cluster: 'damaged' });
    await store.transact([], [{ put: topology, value: '{"schema":9}' }]);
    const answer = () => get('damaged').catch((error: unknown) => error);
    await expect.poll(answer).toMatchObject({ status: 500, code: 'RECORD' });
  });

  it('takes no nodes, gives none up, and grants no sessions', async () => {
    await create('team-a.still');
    const { session } = await openSession('team-a.still');
    const params = { cluster: 'team-a.still', session };
    await client.call(routes.renewSession, { params, body: renewal });
    await retire('team-a.still');
    const retired = { status: 409, code: 'RETIRED' };
    await expect(register('team-a.still')).rejects.toMatchObject(retired);
    await expect(openSession('team-a.still')).rejects.toMatchObject(retired);
    await expect(client.call(routes.renewSession, { params, body: renewal })).rejects.toMatchObject(
      retired,
    );
    await expect(
      client.call(routes.deleteNode, { params: { ...params, node: 'shard-0-0' } }),
    ).rejects.toMatchObject(retired);
    // A proxy that ends may still say so.
    await client.call(routes.closeSession, { params });
    const { nodes } = await client.call(routes.listNodes, { params });
    expect(nodes).toHaveLength(1);
  });

  it('is taken up again by its spec, or by one that it may be changed to', async () => {
    await create('back');
    await retire('back');
    expect(await put('back', oneShard)).toBe(1);
    expect((await get('back')).phase).toBe('Creating');
    await retire('back');
    expect(await put('back', { ...oneShard, maxMemory: '64Mi' })).toBe(2);
    await register('back');
    expect((await eventsOf('back')).slice(2)).toEqual([
      'clusterRetired',
      'clusterRevived',
      'clusterRetired',
      'specChanged',
      'clusterRevived',
    ]);
  });

  it('is taken up again with another image of the same engine', async () => {
    const withEngine = (engine: object) => put('image', { ...oneShard, engine });
    await withEngine({ image: 'redis:8.O' });
    await expect(withEngine({ image: 'redis:8.0' })).rejects.toMatchObject({
      code: 'NOT_BUILT',
      details: ['spec.engine.image  changing redis:8.O to redis:8.0 is not built yet'],
    });
    await retire('image');
    await expect(withEngine({ flavor: 'valkey' })).rejects.toMatchObject({
      details: ['spec.engine.flavor  changing redis to valkey is not built yet'],
    });
    expect(await withEngine({ image: 'redis:8.0' })).toBe(2);
    expect(await get('image')).toMatchObject({
      phase: 'Creating',
      spec: { engine: { image: 'redis:8.0' } },
    });
  });

  it('stays retired under a spec that it cannot be changed to', async () => {
    await create('other');
    await retire('other');
    await expect(put('other', { shards: 2, replicasPerShard: 0 })).rejects.toMatchObject({
      status: 409,
      code: 'NOT_BUILT',
    });
    expect((await get('other')).phase).toBe('Retired');
  });

  it('counts among the clusters, not among the nodes that somebody should look after', async () => {
    await create('quiet');
    const metrics = async () => (await fetch(`${url}/metrics`)).text();
    const unreachable = 'keyfleet_nodes{cluster="quiet",state="unreachable"}';
    expect(await metrics()).toContain(unreachable);
    await retire('quiet');
    expect(await metrics()).not.toContain(unreachable);
    const { clusters } = await client.call(routes.listClusters, { params: {} });
    expect(clusters.find(({ name }) => name === 'quiet')?.phase).toBe('Retired');
  });
});

describe('to forget a cluster', () => {
  it('takes its retirement first', async () => {
    await create('busy');
    await expect(forget('busy')).rejects.toMatchObject({ status: 409, code: 'NOT_RETIRED' });
    expect((await get('busy')).phase).toBe('Creating');
  });

  it('removes every record of it, and of nobody else', async () => {
    const others = ['gon', 'gone2', 'gone.gone', 'team-a.gone'];
    for (const cluster of ['gone', ...others]) await create(cluster);
    await put('gone', oneShard, 'secret');
    await openSession('gone');
    const body = {
      type: 'Delete' as const,
      step: 's',
      because: 'b',
      sinceMs: 1,
      done: false,
      blockedBy: null,
      lastError: null,
    };
    await client.call(routes.putOperation, { params: { cluster: 'gone' }, body });
    await retire('gone');
    expect(await keysOf('gone')).toHaveLength(10);
    await forget('gone');
    expect(await keysOf('gone')).toEqual([]);
    for (const cluster of others) expect(await keysOf(cluster)).toHaveLength(4);
    const unknown = { status: 404, code: 'CLUSTER_UNKNOWN' };
    await expect(forget('gone')).rejects.toMatchObject(unknown);
    await expect(retire('gone')).rejects.toMatchObject(unknown);
    await expect(get('gone')).rejects.toMatchObject(unknown);
  });

  it('frees its name for another one', async () => {
    await create('again');
    const { session } = await openSession('again');
    await retire('again');
    await forget('again');
    expect(await put('again', { shards: 2, replicasPerShard: 0 })).toBe(1);
    expect((await get('again')).shards).toHaveLength(2);
    // The proxy of the old one has no part in the new one.
    await expect(
      client.call(routes.renewSession, { params: { cluster: 'again', session }, body: renewal }),
    ).rejects.toMatchObject({ status: 410, code: 'SESSION_ENDED' });
  });
});

describe('the secret of a cluster', () => {
  const secret = 'never-to-be-seen';

  it('is told by its id only', async () => {
    await put('safe', oneShard, secret);
    const detail = await get('safe');
    expect(detail.credentialsId).toBe(credentialsId(secret));
    const { events } = await client.call(routes.listEvents, { params: { cluster: 'safe' } });
    expect(events.map(({ type, facts }) => [type, facts])).toEqual([
      ['clusterCreated', { shards: 1, replicasPerShard: 0 }],
      ['credentialsChanged', { credentialsId: detail.credentialsId }],
    ]);
    expect(JSON.stringify([detail, events])).not.toContain(secret);
    expect(await (await fetch(`${url}/metrics`)).text()).not.toContain(secret);
  });

  it('stays when a spec is written without it, changes, and goes when it is null', async () => {
    await put('kept', oneShard, secret);
    await put('kept', { ...oneShard, maxMemory: '64Mi' });
    expect((await get('kept')).credentialsId).toBe(credentialsId(secret));
    await put('kept', { ...oneShard, maxMemory: '64Mi' }, 'another');
    expect((await get('kept')).credentialsId).toBe(credentialsId('another'));
    await put('kept', { ...oneShard, maxMemory: '64Mi' }, null);
    expect((await get('kept')).credentialsId).toBeNull();
    expect(await store.get(records.credentials.key({ cluster: 'kept' }))).toBeUndefined();
    expect((await eventsOf('kept')).slice(-2)).toEqual([
      'credentialsChanged',
      'credentialsChanged',
    ]);
  });

  it.each(['', 'x'.repeat(1001)])('is refused without being shown (%#)', async (wrong) => {
    const answer = await put('wrong', oneShard, wrong).catch((error: unknown) => error);
    expect(answer).toMatchObject({
      status: 400,
      details: ['body.secret  want a text of 1 to 1000 characters'],
    });
  });
});
