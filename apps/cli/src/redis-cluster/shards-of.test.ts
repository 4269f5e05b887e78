import { expect, it } from 'vitest';
import { parseClusterNodes } from './cluster-nodes.ts';
import type { NodeView } from './observe-node.ts';
import { shardsOf, type OwnNode } from './shards-of.ts';

const seen = parseClusterNodes(
  [
    'aa 127.0.0.1:7000@17000 myself,master - 0 0 3 connected 9000-16383',
    'bb 127.0.0.1:7001@17001 slave aa 0 0 3 connected',
    'cccccccccc 127.0.0.9:7002@17002 master - 0 0 3 connected 0-8999',
    'dd 127.0.0.1:7003@17003 master - 0 0 3 connected',
  ].join('\n'),
);

function ownNode(port: number, view: Partial<NodeView> | null): OwnNode {
  const whole = { self: seen[0]!, nodes: seen, isServing: true, assignedSlots: 16384 };
  return {
    address: { host: '127.0.0.1', port },
    pid: port,
    view: view && { ...whole, isInStep: true, ...view },
  };
}

it('names our nodes by their processes and others by their ids, in the order of slots', () => {
  const own = new Map([
    ['shard-1-0', ownNode(7001, {})],
    ['shard-1-1', ownNode(7000, {})],
  ]);
  const shards = shardsOf(seen, own);
  expect(shards.map(({ id, slots }) => [id, slots])).toEqual([
    ['cccccccc', '0-8999'],
    ['shard-1', '9000-16383'],
  ]);
  expect(shards[1]).toMatchObject({
    primary: { id: 'shard-1-1', address: '127.0.0.1:7000', pid: 7000, state: 'primary' },
    replicas: [{ id: 'shard-1-0', pid: 7001, state: 'replica' }],
    because: null,
  });
});

it('says which node does not do its part', () => {
  const unlinked = new Map([
    ['shard-1-0', ownNode(7001, { isInStep: false })],
    ['shard-1-1', ownNode(7000, {})],
  ]);
  expect(shardsOf(seen, unlinked)[1]!.because).toBe('shard-1-0 is unlinked');
  const silent = new Map([...unlinked, ['shard-1-1', ownNode(7000, null)] as const]);
  expect(shardsOf(seen, silent)[1]!.because).toBe('shard-1-1 is unreachable');
});
