/**
 * What goes ahead of WAIT, which waits for what was written on its own connection: something that comes behind all that
 * the client wrote, and takes a place in the replication stream. An empty message does, but not in a Redis Cluster, where
 * messages go another way: there it is a key that comes and goes at once.
 */
import { encodeCommand } from '@keyfleet/resp';
import { keySlot } from '@keyfleet/slots';
import type { Routing } from '../route/routing.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';

const MESSAGE = [encodeCommand(['PUBLISH', '__keyfleet:wait', ''])];
const MULTI = encodeCommand(['MULTI']);
const EXEC = encodeCommand(['EXEC']);

/** In their order; the answer to the last one is an error if there is none. Null: nothing can be written there. */
export function waitMark(
  { traits, owners, shards }: Routing,
  shard: ShardUpstream,
): readonly Uint8Array[] | null {
  if (!traits.redirects) return MESSAGE;
  const slot = owners.indexOf(shards.indexOf(shard));
  if (slot === -1) return null;
  const key = `__keyfleet:wait:{${tagOf(slot)}}`;
  return [MULTI, encodeCommand(['SET', key, '']), encodeCommand(['DEL', key]), EXEC];
}

const tags = new Map<number, string>();
let last = 0;

/** A hash tag of the slot: numbers are tried until one is. */
function tagOf(slot: number): string {
  for (; !tags.has(slot); last++) {
    const tag = Buffer.from(String(last));
    tags.set(keySlot(tag, 0, tag.length), String(last));
  }
  return tags.get(slot)!;
}
