import type { TopologyNode } from '@keyfleet/topology';

/** The same life, as far as the topology knows lives, at the same address. */
export function sameServer(a: TopologyNode | null, b: TopologyNode | null): boolean {
  if (a === null || b === null) return a === b;
  return a.id === b.id && a.runId === b.runId && a.host === b.host && a.port === b.port;
}
