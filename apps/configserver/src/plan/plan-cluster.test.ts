import { describe, expect, it } from 'vitest';
import { ClusterSpec } from '@keyfleet/lifecycle';
import { planCluster } from './plan-cluster.ts';
import { info, node, primary, record, shard } from '../testing/views.ts';
import type { ClusterView, ShardView } from './cluster-view.ts';

function cluster(shards: ShardView[], parts: Partial<ClusterView> = {}): ClusterView {
  const spec = ClusterSpec.parse({ shards: shards.length });
  return {
    cluster: { name: 'c', spec, generation: 1, createdAtMs: 0, retired: false, forgetting: false },
    broken: [],
    isPublished: false,
    shards,
    ...parts,
  };
}

const unfounded = (...nodes: ReturnType<typeof node>[]): ShardView =>
  shard(nodes, { record: undefined, isPublished: false, nodesExpected: 1 });
const founded = shard([node(0, info(1, primary))], { isPublished: false });

describe('planCluster', () => {
  it.each<[string, ClusterView, object]>([
    [
      'waits until all nodes of all shards are registered',
      cluster([unfounded(node(0, info(1))), unfounded()]),
      { do: 'wait', because: '1 of 2 nodes are registered' },
    ],
    [
      'waits until all answer',
      cluster([unfounded(node(0, info(1))), unfounded(node(0, 'refused'))]),
      { do: 'wait', because: 'shard-0-0 does not answer (refused)' },
    ],
    [
      'founds no shard while one of them must not be founded',
      cluster([unfounded(node(0, info(1))), unfounded(node(0, info(2, { keys: 1 })))]),
      { do: 'block', shards: [{ do: 'block' }] },
    ],
    [
      'founds all shards side by side',
      cluster([unfounded(node(0, info(1))), unfounded(node(0, info(2)))]),
      { do: 'change', shards: [{ do: 'attempt' }, { do: 'attempt' }] },
    ],
    [
      'publishes nothing before every shard has its primary',
      cluster([founded, unfounded(node(0, info(2)))]),
      { do: 'change', shards: [{ do: 'attempt' }] },
    ],
    ['publishes when every shard has its primary', cluster([founded, founded]), { do: 'publish' }],
    [
      'does not publish a primary that is gone',
      cluster([founded, shard([node(0, 'refused')], { isPublished: false })]),
      { do: 'wait' },
    ],
    [
      'lets one blocked shard not keep the others from their change',
      cluster(
        [
          shard([node(0, info(1, primary)), node(1, info(2))]),
          shard([node(0, info(1))], { record: undefined }),
        ],
        { isPublished: true },
      ),
      { do: 'change', shards: [{ do: 'attach' }, { do: 'block' }] },
    ],
    [
      'plans nothing on records that it cannot read',
      cluster([founded], { broken: ['Cannot read record x'] }),
      { do: 'block', because: 'Cannot read record x' },
    ],
    [
      'rests when all is whole',
      cluster([shard([node(0, info(1, primary))], { record: record(), nodesExpected: 1 })], {
        isPublished: true,
      }),
      { do: 'nothing', because: 'all 1 shards are whole' },
    ],
  ])('%s', (_name, view, step) => expect(planCluster(view)).toMatchObject(step));
});
