/**
 * Keys of a Redis Cluster whose slot moves: they go to its next owner one by one, while the slot is still its former
 * owner's; then the slot goes, and the topology is out of date for a moment. Who looks at all keys of a shard asks it
 * behind that what it gives away.
 */
import { decodeReply, encodeCommand } from '@keyfleet/resp';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import { isError } from './failure.ts';
import { readOwnSlots, type OwnSlots } from './own-slots.ts';
import type { Caller, ShardAnswer, ShardCalls } from './shard-calls.ts';

const NODES = encodeCommand(['CLUSTER', 'NODES']);
/** Each tells of all: what they say together grows with the square of their number. */
const SHARDS_MAX = 100;
/** How often the topology is waited for that the servers speak of. */
const LOOKS_MAX = 5;

/** A slot whose keys come to a shard that does not own it yet. */
export type Arriving = { readonly slot: number; readonly shard: ShardUpstream };

/**
 * Where keys of these shards go to: as servers say it that have the slots, and give them to the shards, of which the
 * topology says so. Of those who may not be asked nothing is known.
 */
export async function arrivals(
  calls: ShardCalls,
  client: Caller,
  from: readonly ShardUpstream[] = calls.routing.shards,
): Promise<Arriving[]> {
  const { routing } = calls;
  if (routing.traits.hasOwnedKeysOnly || from.length > SHARDS_MAX) return [];
  for (let looks = 0; ; looks++) {
    const answers = await calls.all({ client, request: NODES, isWrite: false }, from);
    const told = answers.flatMap((answer) => ownSlotsOf(answer) ?? []);
    const slots = new Map(routing.topology?.shards.map((shard) => [shard.id, shard.slots]));
    const primaries = new Map(routing.shards.map((shard) => [shard.target?.id, shard]));
    const isAsKnown = told.every(
      ({ shard, own }) =>
        own.slots === slots.get(shard.id) &&
        own.leaving.every(({ toNode }) => primaries.has(toNode)),
    );
    if (isAsKnown || looks === LOOKS_MAX)
      return told.flatMap(({ own }) =>
        own.leaving.flatMap(({ slot, toNode }) => {
          const shard = primaries.get(toNode);
          return shard === undefined ? [] : [{ slot, shard }];
        }),
      );
    await calls.refreshed('a server has other slots');
  }
}

type Told = { readonly shard: ShardUpstream; readonly own: OwnSlots };

function ownSlotsOf({ shard, reply }: ShardAnswer): Told | null {
  if (isError(reply)) return null;
  const text = decodeReply(reply);
  const own = typeof text === 'string' ? readOwnSlots(text) : null;
  return own === null ? null : { shard, own };
}
