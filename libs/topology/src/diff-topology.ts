import { formatSlots, SLOT_COUNT } from '@keyfleet/slots';
import { slotOwners } from './slot-owners.ts';
import type { Topology, TopologyShard } from './topology.ts';

/** What changed between two versions, in the words of the event log. */
export type TopologyChange =
  | { type: 'shardAdded' | 'shardRemoved'; shard: string }
  | { type: 'primaryChanged'; shard: string; from: string | null; to: string | null; epoch: number }
  | { type: 'replicasChanged'; shard: string; readable: string[]; unreadable: string[] }
  | { type: 'slotsMoved'; slots: string; from: string | null; to: string | null }
  | { type: 'holdSet' | 'holdReleased'; hold: string; shard: string };

/** The changes from `before` (undefined: nothing was there) to `after`; empty when only the version differs. */
export function diffTopology(before: Topology | undefined, after: Topology): TopologyChange[] {
  const old = new Map(before?.shards.map((shard) => [shard.id, shard]));
  const now = new Map(after.shards.map((shard) => [shard.id, shard]));
  return [
    ...[...now.keys()]
      .filter((id) => !old.has(id))
      .map((shard) => ({ type: 'shardAdded' as const, shard })),
    ...[...old.keys()]
      .filter((id) => !now.has(id))
      .map((shard) => ({ type: 'shardRemoved' as const, shard })),
    ...after.shards.flatMap((shard) => diffShard(old.get(shard.id), shard)),
    ...diffSlots(before, after),
    ...diffHolds(before, after),
  ];
}

function diffShard(before: TopologyShard | undefined, after: TopologyShard): TopologyChange[] {
  return [...diffPrimary(before, after), ...diffReplicas(before, after)];
}

function diffPrimary(before: TopologyShard | undefined, after: TopologyShard): TopologyChange[] {
  if (
    JSON.stringify(before?.primary) === JSON.stringify(after.primary) &&
    before?.epoch === after.epoch
  )
    return [];
  const from = before?.primary?.id ?? null;
  return [
    {
      type: 'primaryChanged',
      shard: after.id,
      from,
      to: after.primary?.id ?? null,
      epoch: after.epoch,
    },
  ];
}

function diffReplicas(before: TopologyShard | undefined, after: TopologyShard): TopologyChange[] {
  if (JSON.stringify(before?.replicas ?? []) === JSON.stringify(after.replicas)) return [];
  const ids = (readable: boolean) =>
    after.replicas.filter((node) => node.readable === readable).map((node) => node.id);
  return [
    { type: 'replicasChanged', shard: after.id, readable: ids(true), unreadable: ids(false) },
  ];
}

function diffSlots(before: Topology | undefined, after: Topology): TopologyChange[] {
  const owners = slotOwners(after);
  const formerOwners = before && slotOwners(before);
  const moved = new Map<string, { from: string | null; to: string | null; slots: number[] }>();
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    const from = shardAt(before, formerOwners?.[slot]);
    const to = shardAt(after, owners[slot]);
    if (from === to) continue;
    const route = moved.get(`${from}>${to}`) ?? { from, to, slots: [] };
    route.slots.push(slot);
    moved.set(`${from}>${to}`, route);
  }
  return [...moved.values()].map(({ from, to, slots }) => ({
    type: 'slotsMoved',
    from,
    to,
    slots: formatSlots(slots),
  }));
}

function shardAt(topology: Topology | undefined, index: number | undefined): string | null {
  return topology?.shards[index ?? -1]?.id ?? null;
}

function diffHolds(before: Topology | undefined, after: Topology): TopologyChange[] {
  const old = new Map(before?.holds.map((hold) => [hold.id, hold.shard]));
  const now = new Map(after.holds.map((hold) => [hold.id, hold.shard]));
  return [
    ...[...now]
      .filter(([id]) => !old.has(id))
      .map(([hold, shard]) => ({ type: 'holdSet' as const, hold, shard })),
    ...[...old]
      .filter(([id]) => !now.has(id))
      .map(([hold, shard]) => ({ type: 'holdReleased' as const, hold, shard })),
  ];
}
