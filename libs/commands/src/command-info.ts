/** Commands as a server tells of them: the entries of COMMAND and COMMAND INFO, with maps as objects and sets as lists. */
import type { Command } from './command.ts';
import { commands, unpackCommand } from './command-list.ts';
import type { CommandRow, KeySpec } from './command-row.ts';

export type CommandInfo = readonly [
  name: string,
  arity: number,
  flags: readonly string[],
  firstKey: number,
  lastKey: number,
  step: number,
  acl: readonly string[],
  tips: readonly string[],
  specs: readonly KeySpecInfo[],
  subcommands: readonly CommandInfo[],
];

export type KeySpecInfo = {
  readonly notes?: string;
  readonly flags: readonly string[];
  readonly begin_search: {
    readonly type: string;
    readonly spec: Readonly<Record<string, number | string>>;
  };
  readonly find_keys: {
    readonly type: string;
    readonly spec: Readonly<Record<string, number | string>>;
  };
};

/** A row of the table, but for the servers that know the command. */
export type InfoRow = CommandRow extends readonly [...infer Head, string] ? Readonly<Head> : never;

/** The entry's own name is that of before a `rename-command`: `name` is the one that it was asked for by. */
export function rowOfInfo(name: string, info: CommandInfo): InfoRow {
  const [, arity, flags, first, last, step, acl, tips, specs] = info;
  return [
    name,
    arity,
    words(flags),
    first,
    last,
    step,
    words(acl),
    words(tips),
    specs.map(toKeySpec),
  ];
}

/**
 * A command that is not in the table: a module's, or one of a newer server. Its index is the first behind the table, as
 * is that of every such command.
 */
export function foreignCommand(name: string, info: CommandInfo): Command {
  const command = unpackCommand([...rowOfInfo(name, info), ''], commands.length);
  command.subcommands = info[9].map((entry) => {
    const word = entry[0].slice(entry[0].indexOf('|') + 1).toLowerCase();
    const row = rowOfInfo(`${name}|${word}`, entry);
    return { ...unpackCommand([...row, ''], commands.length), container: command };
  });
  return command;
}

function toKeySpec({ notes, flags, begin_search: begin, find_keys: find }: KeySpecInfo): KeySpec {
  return {
    ...(notes === undefined ? {} : { notes }),
    flags,
    begin: { by: begin.type, ...begin.spec } as KeySpec['begin'],
    find: { by: find.type, ...find.spec } as KeySpec['find'],
  };
}

function words(list: readonly string[]): string {
  return [...list].sort(byCodeUnit).join(' ');
}

function byCodeUnit(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
