/** Where the keys are, as a scan sees it: which shard owns each slot, and which life of a server has its keys. */
import { createHash } from 'node:crypto';
import { slotOwners, type Topology } from '@keyfleet/topology';
import { MAP_NAMES } from './scan-cursor.ts';

export type ScannedShard = {
  readonly id: string;
  /**
   * A server's cursor means something to the process that gave it only: the positions of keys in its table come from a
   * seed that it drew when it started.
   */
  readonly life: string;
};

export type KeyspaceMap = {
  /** A number that tells it from others, the same at every proxy. */
  readonly name: number;
  /** Those that own slots, in the order in which they are scanned. */
  readonly shards: readonly ScannedShard[];
  /** By slot: a position in `shards`; -1 where nobody owns it. */
  readonly owners: Int16Array;
};

export function keyspaceMap(topology: Topology): KeyspaceMap {
  const sorted = topology.shards
    .filter(({ slots }) => slots !== '')
    .sort((a, b) => compareIds(a.id, b.id));
  const shards = sorted.map(({ id, primary }) => ({ id, life: primary?.runId ?? '' }));
  const text = sorted.map(({ slots }, i) => `${shards[i]!.id} ${shards[i]!.life} ${slots}`).join();
  return {
    name: 1 + (createHash('sha256').update(text).digest().readUInt32BE() % (MAP_NAMES - 1)),
    shards,
    owners: slotOwners({ ...topology, shards: sorted }),
  };
}

/** The same order at all times, whichever shards there are: by number, as they are numbered. */
export function compareIds(a: string, b: string): number {
  const order = byNumber.compare(a, b);
  if (order !== 0) return order;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const byNumber = new Intl.Collator('en', { numeric: true });
