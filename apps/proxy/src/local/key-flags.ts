/** What a request does with a key, as COMMAND GETKEYSANDFLAGS tells (db.c `setGetKeys` and others). */
import type { Command } from '@keyfleet/commands';
import type { RequestView } from '@keyfleet/resp';
import { argumentText } from '../route/argument-text.ts';

const READ = ['RO', 'access'];
const CHANGED = ['RW', 'access', 'update'];
const REPLACED = ['OW', 'update'];

type Flags = readonly string[];

/** Commands whose options decide; the specification of their key is marked `variable_flags`, or incomplete. */
const byOptions: Readonly<Record<string, (words: readonly string[], position: number) => Flags>> = {
  set: (words) => (words.slice(3).includes('get') ? CHANGED : REPLACED),
  bitfield: (words) => (words.some((word) => word === 'set' || word === 'incrby') ? CHANGED : READ),
  sort: (_words, position) => (position === 1 ? READ : REPLACED),
};

export function keyFlags(command: Command, request: RequestView, position: number): Flags {
  const decide = byOptions[command.name];
  if (decide === undefined) return specifiedFlags(command, position);
  const words = Array.from({ length: request.count }, (_, at) => argumentText(request, at));
  return decide(
    words.map((word) => word.toLowerCase()),
    position,
  );
}

/** Of the specifications that begin at an argument, the last one that begins before the key is the key's. */
function specifiedFlags({ keySpecs }: Command, position: number): Flags {
  const before = keySpecs.filter(({ begin }) => begin.by === 'index' && begin.index <= position);
  return (before.at(-1) ?? keySpecs[0])?.flags ?? [];
}
