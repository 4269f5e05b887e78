/** What a deletion leaves behind, and what a cluster of the same name finds of it. */
import { describe, expect, it } from 'vitest';
import { INSTALLATION } from './artifacts.ts';
import { Namespace } from './namespace.ts';
import { RedisClient } from './redis-client.ts';
import { RedisCluster } from './redis-cluster.ts';
import { useStory } from './story.ts';

const KEYS = 1000;

const { depot } = useStory('depot');
const installation = new Namespace(INSTALLATION);
const cluster = new RedisCluster(depot, 'stock');
const spec = { shards: 2, proxy: { replicas: 1 } };
let client: RedisClient;

const ofCluster = `keyfleet.dev/cluster=${cluster.name}`;

/** All of a cluster's objects, of whatever kind; Events are history. */
async function leftovers(): Promise<string[]> {
  const kinds = await depot.kubectl([
    'api-resources',
    '--namespaced',
    '--verbs=list,delete',
    '-o',
    'name',
  ]);
  const names = kinds.split('\n').filter((kind) => kind !== '' && !/^events(\.|$)/.test(kind));
  const found = await depot.list(names.join(','), ofCluster);
  return found.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort();
}

const claims = ['shard-0-0', 'shard-0-1', 'shard-1-0', 'shard-1-1'].map(
  (node) => `PersistentVolumeClaim/data-stock-${node}`,
);

describe('a cluster that retains its volumes', () => {
  it('is created and filled', async () => {
    await cluster.apply(spec);
    await cluster.untilReady();
    client = await RedisClient.start(depot, cluster.name);
    await client.writeKeys(KEYS);
  });

  it('leaves nothing but them when it is deleted', async () => {
    await cluster.delete();
    await expect.poll(leftovers, { timeout: 60_000 }).toEqual(claims);
  });

  it('has its keys when it is created again', async () => {
    await cluster.apply(spec);
    await cluster.untilReady();
    expect(await client.countKeys(KEYS)).toBe(KEYS);
  });
});

describe('a cluster that deletes its volumes', () => {
  it('leaves nothing when it is deleted', async () => {
    await cluster.apply({ ...spec, storage: { retention: { whenDeleted: 'Delete' } } });
    await cluster.untilReady();
    await cluster.delete();
    await expect.poll(leftovers, { timeout: 60_000 }).toEqual([]);
  });

  it('is empty when it is created again', async () => {
    await cluster.apply(spec);
    await cluster.untilReady();
    expect(await client.countKeys(KEYS)).toBe(0);
  });
});

describe('a deletion while the configserver is away', () => {
  it('ends at its deadline, with a warning', async () => {
    await installation.kubectl(['scale', 'deployment', 'keyfleet-configserver', '--replicas=0']);
    try {
      await cluster.delete(170);
    } finally {
      await installation.kubectl(['scale', 'deployment', 'keyfleet-configserver', '--replicas=3']);
      const ready = ['rollout', 'status', 'deployment/keyfleet-configserver', '--timeout=90s'];
      await installation.kubectl(ready, { timeoutMs: 100_000 });
    }
    const events = await depot.kubectl(['get', 'events', '--field-selector=type=Warning']);
    expect(events).toContain('DeletedIncompletely');
    await expect.poll(leftovers, { timeout: 60_000 }).toEqual(claims);
  }, 400_000);
});
