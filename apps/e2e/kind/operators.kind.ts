/** Two operators run; one works. */
import { describe, expect, it } from 'vitest';
import { INSTALLATION } from './artifacts.ts';
import { Namespace, type KubeObject } from './namespace.ts';
import { RedisCluster, type Pod } from './redis-cluster.ts';
import { useStory } from './story.ts';

type Lease = KubeObject & { readonly spec: { readonly holderIdentity: string } };

const TAKEOVER_MS = 20_000;

const { lab } = useStory('lab');
const installation = new Namespace(INSTALLATION);

async function leader(): Promise<string | undefined> {
  const lease = await installation.get<Lease>('lease', 'keyfleet-operator');
  const operators = await installation.list<Pod>('pods', 'app.kubernetes.io/component=operator');
  const names = operators.map(({ metadata }) => metadata.name);
  return names.find((name) => lease?.spec.holderIdentity.startsWith(name));
}

describe('when the leading operator is lost', () => {
  let lost: string;

  it('the other one leads', async () => {
    lost = (await leader())!;
    expect(lost).toBeDefined();
    await installation.kubectl(['delete', 'pod', lost, '--grace-period=0', '--force']);
    const next = async (): Promise<boolean> => {
      const name = await leader();
      return name !== undefined && name !== lost;
    };
    await expect.poll(next, { timeout: TAKEOVER_MS, interval: 500 }).toBe(true);
  });

  it('and makes new clusters', async () => {
    const cluster = new RedisCluster(lab, 'fresh');
    await cluster.apply({ shards: 1, replicasPerShard: 0, proxy: { replicas: 1 } });
    await cluster.untilReady();
  });
});
