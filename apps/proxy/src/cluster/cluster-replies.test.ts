import { decodeReply, encodeReply } from '@keyfleet/resp';
import { describe, expect, it } from 'vitest';
import {
  clusterInfo,
  clusterNodes,
  clusterShards,
  clusterSlots,
  nodeId,
  slotRanges,
} from './cluster-replies.ts';
import { hostAndPort } from './proxy-directory.ts';

const nodes = ['proxy-0', 'proxy-1'].map((name, i) => ({
  id: nodeId('default', name),
  host: `127.0.0.${i + 1}`,
  port: 7480,
}));
const [one, two] = [nodes[0]!, nodes[1]!];

it.each([1, 2, 3, 7, 1000])('%d proxies have all slots, and about as many each', (count) => {
  const ranges = slotRanges(count);
  expect(ranges[0]![0]).toBe(0);
  expect(ranges.at(-1)![1]).toBe(16383);
  for (let i = 1; i < count; i++) expect(ranges[i]![0]).toBe(ranges[i - 1]![1] + 1);
  const sizes = ranges.map(([start, end]) => end - start + 1);
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
});

it('node ids are 40 hexadecimal digits that depend on the names alone', () => {
  expect(one.id).toMatch(/^[0-9a-f]{40}$/);
  expect(nodeId('default', 'proxy-0')).toBe(one.id);
  expect(nodeId('other', 'proxy-0')).not.toBe(one.id);
});

describe('what is shown', () => {
  it('by CLUSTER SLOTS', () => {
    expect(clusterSlots(nodes)).toEqual([
      [0, 8191, ['127.0.0.1', 7480, one.id, []]],
      [8192, 16383, ['127.0.0.2', 7480, two.id, []]],
    ]);
  });

  it('by CLUSTER SHARDS, in RESP2 as flat lists', () => {
    const bytes = encodeReply(clusterShards([one]), 2);
    const node = ['id', one.id, 'port', 7480, 'ip', '127.0.0.1', 'endpoint', '127.0.0.1'];
    const state = ['role', 'master', 'replication-offset', 0, 'health', 'online'];
    expect(decodeReply(bytes, 0, bytes.length)).toEqual([
      ['slots', [0, 16383], 'nodes', [[...node, ...state]]],
    ]);
  });

  it('by CLUSTER NODES', () => {
    expect(clusterNodes(nodes, two.id)).toBe(
      `${one.id} 127.0.0.1:7480@17480 master - 0 0 1 connected 0-8191\n` +
        `${two.id} 127.0.0.2:7480@17480 myself,master - 0 0 2 connected 8192-16383\n`,
    );
  });

  it('by CLUSTER INFO', () => {
    expect(clusterInfo(2)).toMatch(/^cluster_state:ok\r\n[^]*cluster_known_nodes:2\r\n/);
  });
});

it.each([
  ['127.0.0.1:7480', '127.0.0.1', 7480],
  ['[::1]:7480', '::1', 7480],
  ['::1:7480', '::1', 7480],
  ['proxy.example:1', 'proxy.example', 1],
])('the host of %s is %s', (address, host, port) => {
  expect(hostAndPort(address)).toEqual({ host, port });
});
