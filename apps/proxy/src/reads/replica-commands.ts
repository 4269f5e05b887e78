/** Which commands a replica may answer: reads of keys that give the same answer wherever the data is the same. */
import { commands, type Command } from '@keyfleet/commands';
import { dispositions } from '../route/disposition.ts';

/** Reads that are for the primary all the same. */
const forPrimary = new Set([
  // A cursor is of the server that gave it: each orders its tables by a seed of its own.
  'hscan', 'sscan', 'zscan',
  // What they do, or show, is when a key was used, by which the primary evicts.
  'touch', 'object|freq', 'object|idletime',
  // How a server keeps a value is its own affair, and not the same everywhere.
  'memory|usage', 'object|encoding', 'object|refcount',
  // It keeps what it counted in the value: the copies of it would not be the same bytes any more.
  'pfcount',
]); // prettier-ignore

/**
 * What has a handler of ours is for the primary: scripts, which replicas do not have, what goes over all shards (SCAN,
 * KEYS, DBSIZE), what may block (XREAD), and transactions.
 */
const ofTable: readonly boolean[] = commands.map(
  ({ index, name, isReadonly, hasKeys }) =>
    isReadonly &&
    hasKeys &&
    !forPrimary.has(name) &&
    dispositions[index] !== 'own' &&
    dispositions[index] !== 'refused',
);

/** A module's command is what its server says. */
export function isForReplicas({ index, isReadonly }: Command): boolean {
  return ofTable[index] ?? isReadonly;
}
