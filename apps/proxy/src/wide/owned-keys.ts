/** Which keys of a shard clients may see: while slots move, a key may be at two shards. */
import { keySlot } from '@keyfleet/slots';
import type { Routing } from '../route/routing.ts';
import { isReserved } from '../route/reserved-key.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import type { KeepString } from './bulk-list.ts';

/** By the owners of now, where keys are nowhere else. */
export function isOwnedBy({ owners, shards, traits }: Routing, shard: ShardUpstream): KeepString {
  if (!traits.hasOwnedKeysOnly) return (bytes, start, end) => !isReserved(bytes, start, end);
  const index = shards.indexOf(shard);
  return (bytes, start, end) =>
    owners[keySlot(bytes, start, end)] === index && !isReserved(bytes, start, end);
}

/** How often a question is asked again whose shards changed slots while they answered. */
const ASKED_MAX = 5;

/**
 * What `ask` finds out while no slot changes its shard; null: slots kept moving. A key whose slot moves could be missed at
 * its former shard, which was asked too late, and at its next one, which was asked too early.
 */
export async function whileOwnersStay<T>(
  routing: Routing,
  ask: () => Promise<T>,
): Promise<T | null> {
  for (let asked = 0; asked < ASKED_MAX; asked++) {
    const former = ownersById(routing);
    const found = await ask();
    if (isSame(former, ownersById(routing))) return found;
  }
  return null;
}

type OwnersById = { readonly owners: Int16Array; readonly ids: readonly string[] };

function ownersById({ owners, shards }: Routing): OwnersById {
  return { owners, ids: shards.map(({ id }) => id) };
}

function isSame(a: OwnersById, b: OwnersById): boolean {
  if (a.owners === b.owners) return true;
  return a.owners.every((owner, slot) => a.ids[owner] === b.ids[b.owners[slot]!]);
}
