import { SLOT_COUNT } from '@keyfleet/slots';
import { slotsOf } from './slot-owners.ts';
import type { Topology } from './topology.ts';

/** Everything that is wrong with a topology, one sentence each; empty when it may be published (invariant: one owner per slot per version). */
export function topologyFaults(topology: Topology): string[] {
  return [
    ...repeated(
      'shard',
      topology.shards.map((shard) => shard.id),
    ),
    ...repeated(
      'node',
      topology.shards.flatMap((shard) => nodesOf(shard).map((node) => node.id)),
    ),
    ...repeated(
      'hold',
      topology.holds.map((hold) => hold.id),
    ),
    ...slotFaults(topology),
    ...topology.holds
      .filter((hold) => !topology.shards.some((shard) => shard.id === hold.shard))
      .map((hold) => `Hold ${hold.id} names shard ${hold.shard}, which is not in the topology`),
  ];
}

function nodesOf(shard: Topology['shards'][number]): { id: string }[] {
  return shard.primary ? [shard.primary, ...shard.replicas] : shard.replicas;
}

function repeated(what: string, ids: readonly string[]): string[] {
  const twice = new Set(ids.filter((id, at) => ids.indexOf(id) !== at));
  return [...twice].map((id) => `Two entries name ${what} ${id}`);
}

function slotFaults(topology: Topology): string[] {
  const owner = new Array<string | undefined>(SLOT_COUNT).fill(undefined); // indexOf skips holes
  const faults: string[] = [];
  for (const shard of topology.shards) {
    const clash = firstClash(shard, owner);
    if (clash !== undefined)
      faults.push(`Slot ${clash} is owned by ${owner[clash]!} and by ${shard.id}`);
    for (const { start, end } of slotsOf(shard.slots)) owner.fill(shard.id, start, end + 1);
  }
  const missing = owner.indexOf(undefined);
  if (missing !== -1) faults.push(`Slot ${missing} has no owner`);
  return faults;
}

function firstClash(
  shard: Topology['shards'][number],
  owner: (string | undefined)[],
): number | undefined {
  for (const { start, end } of slotsOf(shard.slots)) {
    for (let slot = start; slot <= end; slot++) if (owner[slot] !== undefined) return slot;
  }
  return undefined;
}
