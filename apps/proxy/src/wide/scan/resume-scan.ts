/**
 * Where a scan goes on whose cursor was given for another map than there is now.
 *
 * **Invariant:** under the cursor's map, all that was there from the beginning to now has been returned of the shards
 * before its shard, and of this shard what lies before the server's cursor. Whatever changed, it must hold for the new
 * position under the new map: that may be further back, never further on. So keys can be returned twice, as by a server
 * whose table grows.
 */
import { compareIds, type KeyspaceMap } from './keyspace-map.ts';

export type Position = {
  readonly shard: number;
  readonly node: bigint;
};

/** Null: nothing is left. */
export function resumeScan(at: Position, then: KeyspaceMap, now: KeyspaceMap): Position | null {
  if (then.name === now.name) return at;
  const here = then.shards[at.shard];
  // No cursor of ours.
  if (here === undefined) return { shard: 0, node: 0n };
  const missed = firstMissed(at, then, now);
  if (missed !== -1) return { shard: missed, node: 0n };
  const shard = now.shards.findIndex(({ id }) => compareIds(id, here.id) >= 0);
  if (shard === -1) return null;
  return { shard, node: isSameServer(here, now.shards[shard]!) ? at.node : 0n };
}

/** Of a scan of one slot: only its owner is asked. */
export function resumeSlot(
  at: Position,
  { slot, then, now }: { slot: number; then: KeyspaceMap; now: KeyspaceMap },
): Position | null {
  const shard = now.owners[slot]!;
  if (shard === -1) return null;
  const former = then.shards[at.shard];
  const goesOn =
    then.owners[slot] === at.shard &&
    former !== undefined &&
    isSameServer(former, now.shards[shard]!);
  return { shard, node: goesOn ? at.node : 0n };
}

/** The first shard that is done, or under way, and got a slot from one that was not; -1: there is none. */
function firstMissed({ shard: here }: Position, then: KeyspaceMap, now: KeyspaceMap): number {
  const hereId = then.shards[here]!.id;
  const isAhead = now.shards.map(({ id }) => compareIds(id, hereId) > 0);
  let first = -1;
  now.owners.forEach((owner, slot) => {
    const former = then.owners[slot]!;
    const wasDone = former !== -1 && former < here;
    if (owner === -1 || wasDone || isAhead[owner]) return;
    if (then.shards[former]?.id === now.shards[owner]!.id) return;
    if (first === -1 || owner < first) first = owner;
  });
  return first;
}

function isSameServer(
  a: { readonly id: string; readonly life: string },
  b: { readonly id: string; readonly life: string },
): boolean {
  return a.id === b.id && a.life === b.life;
}
