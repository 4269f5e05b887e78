/** What a node of a Redis Cluster says of its own slots, in its line of CLUSTER NODES. */
import { formatSlots } from '@keyfleet/slots';

export type OwnSlots = {
  /** As the topology writes them. */
  readonly slots: string;
  /** Keys of these go to other nodes, one by one; the slot is still its own. */
  readonly leaving: readonly Leaving[];
};

export type Leaving = { readonly slot: number; readonly toNode: string };

/** Where they stand in the line. */
const FLAGS = 2;
const SLOTS_FROM = 8;
const RANGE = /^(\d+)(?:-(\d+))?$/;
const LEAVING = /^\[(\d+)->-([^\]]+)\]$/;

/** Null: it says nothing of itself. */
export function readOwnSlots(nodes: string): OwnSlots | null {
  const line = nodes
    .split('\n')
    .map((text) => text.split(' '))
    .find((words) => words[FLAGS]?.split(',').includes('myself') === true);
  if (line === undefined) return null;
  const words = line.slice(SLOTS_FROM);
  const ranges = words.flatMap((word) => {
    const range = RANGE.exec(word);
    return range === null ? [] : [{ start: Number(range[1]), end: Number(range[2] ?? range[1]) }];
  });
  const leaving = words.flatMap((word) => {
    const found = LEAVING.exec(word);
    return found === null ? [] : [{ slot: Number(found[1]), toNode: found[2]! }];
  });
  return { slots: formatSlots(ranges), leaving };
}
