import { ClusterSpec } from '@keyfleet/lifecycle';
import { describe, expect, it } from 'vitest';
import type { Observation } from '../observe/node-link.ts';
import { emptyCluster, type ClusterState } from '../observe/store-state.ts';
import { addressOf, following, info, primary, record, runId } from '../testing/views.ts';
import { clusterStatus } from './cluster-status.ts';

/** One shard: life 1 of shard-0-0 leads, life 2 of shard-0-1 is readable. */
function shardWith(source: Observation, replica: Observation) {
  const kept = <T>(value: T) => ({ value, modRevision: 1 });
  const spec = ClusterSpec.parse({ shards: 1, replicasPerShard: 1 });
  const nodes = [0, 1].map((ordinal) => {
    const id = `shard-0-${ordinal}`;
    return [id, kept({ id, shard: 'shard-0', ordinal, ...addressOf(ordinal) })] as const;
  });
  const readable = [{ node: 'shard-0-1', runId: runId(2) }];
  const state: ClusterState = {
    ...emptyCluster('c'),
    cluster: kept({
      name: 'c',
      spec,
      generation: 1,
      createdAtMs: 0,
      retired: false,
      forgetting: false,
    }),
    nodes: new Map(nodes),
    shards: new Map([['shard-0', kept(record({ readable }))]]),
  };
  const observations = new Map([
    ['shard-0-0', source],
    ['shard-0-1', replica],
  ]);
  return clusterStatus(state, { observations, step: undefined, sessions: [] }).shards[0]!;
}

const silent = { fault: 'connection refused', lastPid: 1 };
const serving = { info: info(1, primary) };

describe('the state of a node', () => {
  it.each<[string, string, Observation]>([
    ['replica', 'readable, its link is up', { info: info(2, following) }],
    [
      'unlinked',
      'readable, its link is down',
      { info: info(2, { ...following, isLinkUp: false }) },
    ],
    [
      'syncing',
      'it gets a copy',
      { info: info(2, { ...following, isLinkUp: false, isSyncing: true }) },
    ],
    ['syncing', 'another life than the one that was in sync', { info: info(3, following) }],
    ['loading', 'it reads its file', { info: info(3, { ...following, isLoading: true }) }],
    ['orphan', 'it follows nobody', { info: info(3) }],
    ['unreachable', 'it does not answer', { fault: 'connection refused' }],
  ])('is %s: %s', (state, _because, replica) => {
    expect(shardWith(serving, replica).replicas).toMatchObject([{ state }]);
  });

  it('keeps the pid that a silent server had', () => {
    const { primary: source, replicas } = shardWith(silent, { fault: 'never seen' });
    expect(source).toMatchObject({ state: 'unreachable', pid: 1 });
    expect(replicas).toMatchObject([{ state: 'unreachable', pid: null }]);
  });
});
