/** What is done to the cluster. */
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ClusterNode, RedisCluster } from '@keyfleet/testkit';

export type Stage = {
  readonly cluster: RedisCluster;
  /** The shard that something happens to; of a resharding the one that slots come from. */
  readonly shard: number;
  /** That a resharding moves. */
  readonly slots: number;
  readonly signal: AbortSignal;
};

type Repair = () => Promise<void>;
/** Resolves when it is over, with what has to be repaired. */
export type Event = (stage: Stage) => Promise<Repair>;

export const HANG_MS = 10_000;
const RESHARD_WITHIN_MS = 120_000;

const nothing: Repair = () => Promise.resolve();

export const kill: Event = async (stage) => {
  const victim = await primaryOf(stage);
  await victim.kill();
  return () => victim.restart();
};

export const freeze: Event = async (stage) => {
  const victim = await primaryOf(stage);
  victim.freeze();
  return () => {
    victim.thaw();
    return Promise.resolve();
  };
};

export const promote: Event = async (stage) => {
  const [replica] = await stage.cluster.replicasOf(await primaryOf(stage));
  await stage.cluster.failover(replica!);
  return nothing;
};

export const hang: Event = async (stage) => {
  const victim = await primaryOf(stage);
  victim.freeze();
  try {
    await delay(HANG_MS, undefined, { signal: stage.signal });
  } finally {
    victim.thaw();
  }
  return nothing;
};

/** To the next shard, and back. */
export const reshard: Event = async (stage) => {
  const primaries = await stage.cluster.primaries();
  const [from, to] = [primaries[stage.shard]!, primaries[stage.shard + 1]!];
  await moveSlots(from, to, stage);
  await moveSlots(to, from, stage);
  return nothing;
};

async function primaryOf({ cluster, shard }: Stage): Promise<ClusterNode> {
  return (await cluster.primaries())[shard]!;
}

/** The first that it has, as operators move them. */
async function moveSlots(
  from: ClusterNode,
  to: ClusterNode,
  { cluster, slots, signal }: Stage,
): Promise<void> {
  // It refuses to begin while not all nodes have heard of what moved before.
  await cluster.whenReady();
  const flags = { from: from.id, to: to.id, slots: String(slots) };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--cluster-${name}`, value]);
  // It prints a line for each key.
  const options = { signal, timeout: RESHARD_WITHIN_MS, maxBuffer: 2 ** 28 };
  const command = ['--cluster', 'reshard', from.address, '--cluster-yes', ...args];
  await promisify(execFile)('redis-cli', command, options);
}
