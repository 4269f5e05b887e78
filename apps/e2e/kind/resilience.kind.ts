/**
 * Any pod may go. A primary that goes takes its shard out of service until it is back: automatic failover comes with
 * K6, so until then what counts is that nothing is lost.
 */
import { describe, expect, it } from 'vitest';
import { INSTALLATION } from './artifacts.ts';
import { Namespace, type KubeObject } from './namespace.ts';
import { RedisClient } from './redis-client.ts';
import { RedisCluster, type Pod } from './redis-cluster.ts';
import { useStory } from './story.ts';

const KEYS = 1000;
const PATIENCE = { timeout: 120_000, interval: 500 };

const { bank } = useStory('bank');
const installation = new Namespace(INSTALLATION);
const cluster = new RedisCluster(bank, 'accounts');
let client: RedisClient;

type Lease = KubeObject & { readonly spec: { readonly holderIdentity: string } };
type Resource = KubeObject & {
  readonly status: { readonly shardStatus: readonly { readonly primary: string }[] };
};

async function primaryPod(): Promise<string> {
  const resource = await bank.get<Resource>('kf', cluster.name);
  return `${cluster.name}-${resource!.status.shardStatus[0]!.primary}`;
}

/** Another pod stands in for it, and the cluster says that it is whole again. */
async function replace(
  namespace: Namespace,
  pod: KubeObject,
  successors: () => Promise<readonly Pod[]>,
): Promise<void> {
  const count = (await successors()).length;
  await namespace.kubectl(['delete', 'pod', pod.metadata.name, '--timeout=60s'], {
    timeoutMs: 70_000,
  });
  const isReplaced = async (): Promise<boolean> => {
    const ready = (await successors()).filter(isReady);
    return (
      ready.length === count && ready.every(({ metadata }) => metadata.uid !== pod.metadata.uid)
    );
  };
  await expect.poll(isReplaced, PATIENCE).toBe(true);
  await cluster.untilReady();
}

function isReady({ metadata, status }: Pod): boolean {
  const condition = status.conditions?.find(({ type }) => type === 'Ready');
  return metadata.deletionTimestamp === undefined && condition?.status === 'True';
}

const podsOf = (component: string) => () =>
  installation.list<Pod>('pods', `app.kubernetes.io/component=${component}`);

describe('all keys are there', () => {
  it('in a cluster of one shard with two replicas', async () => {
    await cluster.apply({ shards: 1, replicasPerShard: 2, proxy: { replicas: 2 } });
    await cluster.untilReady();
    client = await RedisClient.start(bank, cluster.name);
    await client.writeKeys(KEYS);
    expect(await client.countKeys(KEYS)).toBe(KEYS);
  });

  it('after each replica in turn was deleted', async () => {
    const primary = await primaryPod();
    const replicas = (await cluster.servers()).filter(({ metadata }) => metadata.name !== primary);
    expect(replicas).toHaveLength(2);
    for (const replica of replicas) {
      await replace(bank, replica, () => cluster.servers());
      expect(await client.countKeys(KEYS)).toBe(KEYS);
    }
    expect(await primaryPod()).toBe(primary);
  });

  it('after a proxy was deleted', async () => {
    const [proxy] = await cluster.proxies();
    await replace(bank, proxy!, () => cluster.proxies());
    expect(await client.countKeys(KEYS)).toBe(KEYS);
  });

  it.each(['configserver', 'etcd'])('after a pod of the %s was deleted', async (component) => {
    const [pod] = await podsOf(component)();
    await replace(installation, pod!, podsOf(component));
    expect(await client.countKeys(KEYS)).toBe(KEYS);
  });

  it('after the leading operator was deleted', async () => {
    const lease = await installation.get<Lease>('lease', 'keyfleet-operator');
    const pods = await podsOf('operator')();
    const leader = pods.find(({ metadata }) =>
      lease!.spec.holderIdentity.startsWith(metadata.name),
    );
    await replace(installation, leader!, podsOf('operator'));
    expect(await client.countKeys(KEYS)).toBe(KEYS);
  });

  it('after the primary was deleted and is back', async () => {
    const primary = await primaryPod();
    const pods = await cluster.servers();
    const pod = pods.find(({ metadata }) => metadata.name === primary);
    await replace(bank, pod!, () => cluster.servers());
    await expect.poll(() => client.countKeys(KEYS), PATIENCE).toBe(KEYS);
  });

  it('after all pods of the cluster were deleted at once', async () => {
    const before = [...(await cluster.servers()), ...(await cluster.proxies())];
    const uids = new Set(before.map(({ metadata }) => metadata.uid));
    const ofCluster = ['--selector', `keyfleet.dev/cluster=${cluster.name}`];
    await bank.kubectl(['delete', 'pods', ...ofCluster, '--timeout=120s'], { timeoutMs: 130_000 });
    const areBack = async (): Promise<boolean> => {
      const now = [...(await cluster.servers()), ...(await cluster.proxies())];
      return (
        now.length === before.length &&
        now.every((pod) => isReady(pod) && !uids.has(pod.metadata.uid))
      );
    };
    await expect.poll(areBack, PATIENCE).toBe(true);
    await cluster.untilReady();
    expect(await client.countKeys(KEYS)).toBe(KEYS);
  });
});
