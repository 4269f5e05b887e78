/**
 * A Redis Cluster changes under load: clients of the proxy before it get no errors, but those of a shard whose primary
 * was killed, until the cluster itself has another.
 */
import { describe, expect, it } from 'vitest';
import { run } from './program.ts';
import { Random } from './random.ts';
import { Load, type LoadReport } from './redis-cluster/load.ts';
import { ROUNDS } from './redis-cluster/rounds.ts';
import { slotOfTag, tagsIn } from './redis-cluster/tags-in.ts';
import { useRedisCluster } from './redis-cluster/use-redis-cluster.ts';
import { RawClient } from './raw-client.ts';

const MOVED_SLOTS = 300;
/** A second round moves the slots that the first one's new node has too few of. */
const TOOL_TIMEOUT_MS = 120_000;
/** How often the proxy asks who is who when nothing tells it to. */
const REFRESH_MS = 10_000;

/** The long form has two event loops, which see each change at times of their own. */
const place = useRedisCluster({
  'refresh-ms': String(REFRESH_MS),
  workers: ROUNDS > 1 ? '2' : '1',
});
const random = new Random(Random.seedOf(process.env['KEYFLEET_E2E_SEED']));
/** In the first slots of each shard, which are those that are moved, and in its last, which stay. */
const tags = [
  ...[0, 5461, 10923].flatMap((first) => tagsOf(first, 4)),
  ...[5160, 10621, 16083].flatMap((first) => tagsOf(first, 2)),
];

describe.each(Array.from({ length: ROUNDS }, (_, n) => n + 1))(
  `round %i (KEYFLEET_E2E_SEED=${random.seed})`,
  { timeout: 180_000 },
  () => {
    it('slots are moved by redis-cli: no client sees it', async () => {
      const { cluster } = place;
      const [from, to] = await cluster.primaries();
      await underLoad(() =>
        redisCliCluster('reshard', from!.address, [
          ...['--cluster-from', from!.id, '--cluster-to', to!.id],
          ...['--cluster-slots', String(MOVED_SLOTS), '--cluster-yes'],
        ]),
      );
    });

    it('a replica is promoted: no client sees it', async () => {
      const { cluster } = place;
      const [replica] = await cluster.replicasOf(await cluster.ownerOf(0));
      await underLoad(() => cluster.failover(replica!));
    });

    it('two nodes are added and get slots: no client sees it', async () => {
      const { cluster } = place;
      const before = (await cluster.primaries()).length;
      await underLoad(async () => {
        const added = await cluster.addNode();
        await cluster.addNode({ asReplicaOf: added });
        await redisCliCluster('rebalance', added.address, [
          ...['--cluster-use-empty-masters', '--cluster-weight', `${added.id}=0.2`],
        ]);
        await cluster.whenReady();
      });
      expect(await cluster.primaries()).toHaveLength(before + 1);
    });

    it('a primary is killed: only its shard has errors, only until the cluster has another', async () => {
      const { cluster, proxy } = place;
      const lost = await cluster.ownerOf(tags[0]!);
      const lostSlots = new Set(await lost.slots());
      const isTroubled = (tag: string): boolean => lostSlots.has(slotOfTag(tag));
      const troubledTags = tags.filter(isTroubled);
      const load = await Load.start(proxy, {
        tags: tags.filter((tag) => !isTroubled(tag)),
        troubledTags,
        random,
      });
      await lost.kill();
      await cluster.whenReady();
      using client = await RawClient.connect(proxy);
      const isBack = () => client.call('SET', `{${troubledTags[0]}}back`, 'yes');
      await expect.poll(isBack, { timeout: REFRESH_MS }).toEqual({ type: 'status', text: 'OK' });
      const { errors, wrong } = await load.stop();
      const ofOthers = [...errors, ...wrong].filter(
        (text) => !troubledTags.some((tag) => text.includes(`{${tag}}`)),
      );
      expect(ofOthers).toEqual([]);
      await underLoad(() => lost.restart().then(() => cluster.whenReady()));
    });

    it('all nodes are replaced by others: no client sees it', async () => {
      const { cluster } = place;
      const before = cluster.addresses;
      await underLoad(() => cluster.replaceAllNodes());
      expect(cluster.addresses.filter((address) => before.includes(address))).toEqual([]);
    });
  },
);

function tagsOf(first: number, count: number): string[] {
  return tagsIn((slot) => slot >= first && slot < first + MOVED_SLOTS, count);
}

/** All clients check their replies while it happens, and none gets an error. */
async function underLoad(happens: () => Promise<unknown>): Promise<void> {
  const load = await Load.start(place.proxy, { tags, random });
  const done = await Promise.allSettled([happens()]);
  const report = await load.stop();
  if (done[0].status === 'rejected') throw done[0].reason;
  expectUndisturbed(report);
}

function expectUndisturbed({ checked, errors, wrong }: LoadReport): void {
  expect({ errors: errors.slice(0, 10), wrong: wrong.slice(0, 10) }).toEqual({
    errors: [],
    wrong: [],
  });
  for (const count of checked.values()) expect(count).toBeGreaterThan(0);
}

async function redisCliCluster(
  command: string,
  address: string,
  args: readonly string[],
): Promise<void> {
  const all = ['--cluster', command, address, ...args];
  const { exitCode, output } = await run('redis-cli', all, { timeoutMs: TOOL_TIMEOUT_MS });
  if (exitCode !== 0) throw new Error(`Cannot ${command}: exit code ${exitCode}\n${output}`);
}
