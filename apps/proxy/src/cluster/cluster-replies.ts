/**
 * The proxies as a cluster client sees them: nodes of a Redis Cluster, each with an equal range of slots, so that such a
 * client spreads over them. Any proxy takes any command: none ever says MOVED, and no server's address is told.
 */
import { createHash } from 'node:crypto';
import type { Reply } from '@keyfleet/resp';
import { SLOT_COUNT } from '@keyfleet/slots';

/** A proxy by the address that clients reach it at. */
export type ProxyNode = {
  /** 40 hexadecimal digits; it stays as long as the proxy's name. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
};

/** Redis' own distance of the cluster bus from the port. Nobody listens there. */
const BUS_PORT_OFFSET = 10_000;

export function nodeId(cluster: string, proxy: string): string {
  return createHash('sha1').update(`${cluster}/${proxy}`).digest('hex');
}

/** First and last slot of each of `count` nodes. */
export function slotRanges(count: number): [number, number][] {
  const startOf = (index: number): number => Math.ceil((index * SLOT_COUNT) / count);
  return Array.from({ length: count }, (_, i) => [startOf(i), startOf(i + 1) - 1]);
}

export function clusterSlots(nodes: readonly ProxyNode[]): Reply {
  return slotRanges(nodes.length).map(([start, end], i) => {
    const { id, host, port } = nodes[i]!;
    return [start, end, [host, port, id, []]];
  });
}

export function clusterShards(nodes: readonly ProxyNode[]): Reply {
  const ranges = slotRanges(nodes.length);
  return nodes.map(({ id, host, port }, i) => {
    const node = { id, port, ip: host, endpoint: host, role: 'master', 'replication-offset': 0 };
    return mapOf({ slots: ranges[i]!, nodes: [mapOf({ ...node, health: 'online' })] });
  });
}

export function clusterNodes(nodes: readonly ProxyNode[], own: string): string {
  const ranges = slotRanges(nodes.length);
  const lines = nodes.map(({ id, host, port }, i) => {
    const flags = id === own ? 'myself,master' : 'master';
    const address = `${host}:${port}@${port + BUS_PORT_OFFSET}`;
    const [start, end] = ranges[i]!;
    return `${id} ${address} ${flags} - 0 0 ${i + 1} connected ${start}-${end}\n`;
  });
  return lines.join('');
}

export function clusterInfo(nodeCount: number): string {
  const fields = {
    cluster_state: 'ok',
    cluster_slots_assigned: SLOT_COUNT,
    cluster_slots_ok: SLOT_COUNT,
    cluster_slots_pfail: 0,
    cluster_slots_fail: 0,
    cluster_known_nodes: nodeCount,
    cluster_size: nodeCount,
    cluster_current_epoch: nodeCount,
    cluster_my_epoch: 1,
    cluster_stats_messages_sent: 0,
    cluster_stats_messages_received: 0,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('');
}

function mapOf(fields: Readonly<Record<string, Reply>>): Reply {
  return new Map<Reply, Reply>(Object.entries(fields));
}
