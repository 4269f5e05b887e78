import type { ClusterStatus, NodeStatus } from '@keyfleet/api';
import { expect, it } from 'vitest';
import type { ShownCluster } from './shown-cluster.ts';
import { statusTable } from './status-table.ts';

function node(id: string, change: Partial<NodeStatus> = {}): NodeStatus {
  return { id, address: `127.0.5.1:6379`, pid: 71, state: 'replica', lagBytes: 0, ...change };
}

function shown(status: ClusterStatus): ShownCluster {
  return { name: status.name, status, unknown: null };
}

const shard = { epoch: 1, because: null };

it('shows what people ask for', () => {
  const cluster: ClusterStatus = {
    name: 'default',
    phase: 'Degraded',
    topologyVersion: 12,
    shards: [
      {
        ...shard,
        id: 'shard-0',
        slots: '0-8191',
        primary: node('shard-0-0', { state: 'primary', lagBytes: null }),
        replicas: [node('shard-0-1', { lagBytes: 2560, pid: 7 })],
      },
      {
        ...shard,
        id: 'shard-1',
        slots: '8192-16383',
        primary: null,
        replicas: [node('shard-1-1', { state: 'unreachable', lagBytes: null, pid: null })],
        because: 'shard-1-0 does not answer',
      },
    ],
    proxies: [{ id: 'proxy-0', address: '127.0.0.1:7480', pid: 99, topologyVersion: 12 }],
  };
  expect(statusTable(shown(cluster))).toBe(
    `
default   Degraded   topology version 12

SHARD    SLOTS       NODE       ADDRESS         STATE        LAG      PID
shard-0  0-8191      shard-0-0  127.0.5.1:6379  primary               71
                     shard-0-1  127.0.5.1:6379  replica      2.5 KiB  7
shard-1  8192-16383  -          -               no primary
                     shard-1-1  127.0.5.1:6379  unreachable

PROXY    ADDRESS         TOPOLOGY  PID
proxy-0  127.0.0.1:7480  12        99

shard-1: shard-1-0 does not answer`.trimStart(),
  );
});

it('shows a cluster of nothing yet', () => {
  const empty: ClusterStatus = {
    name: 'default',
    phase: 'Creating',
    topologyVersion: 0,
    shards: [],
    proxies: [],
  };
  expect(statusTable(shown(empty))).toMatch(/^default {3}Creating/);
});

it('shows a cluster that nobody has begun with, in one line', () => {
  const status: ClusterStatus = {
    name: 'shop.orders',
    phase: 'Creating',
    topologyVersion: 0,
    shards: [],
    proxies: [],
  };
  const text = statusTable({
    name: 'orders',
    status,
    unknown: { phase: 'Blocked', because: 'no room for shard-0-1' },
  });
  expect(text).toBe('orders   Blocked   no room for shard-0-1');
});
