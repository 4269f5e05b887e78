/** Unpacks the generated table. */
import type { Command, RequestPolicy, ResponsePolicy } from './command.ts';
import type { CommandRow, KeySpec, ServerName } from './command-row.ts';
import { commandRows } from './generated/command-table.ts';

/** A command that still gets to know its family. */
type MutableCommand = { -readonly [Field in keyof Command]: Command[Field] };

/** Every command and subcommand, sorted by name: a container comes before its subcommands. */
export const commands: readonly Command[] = unpackAll(commandRows);

const byName: ReadonlyMap<string, Command> = new Map(
  commands.map((command) => [command.name, command]),
);

/**
 * The command of that name in any letter case, such as `get` or `client|setname`. Requests: see
 * `findCommand`.
 */
export function commandNamed(name: string): Command | undefined {
  return byName.get(name.toLowerCase());
}

function unpackAll(rows: readonly CommandRow[]): Command[] {
  const unpacked = rows.map(unpackCommand);
  const named = new Map(unpacked.map((command) => [command.name, command]));
  for (const command of unpacked) {
    const [container, subcommand] = command.name.split('|');
    if (subcommand === undefined) continue;
    const parent = named.get(container!)!;
    command.container = parent;
    parent.subcommands = [...parent.subcommands, command];
  }
  return unpacked;
}

export function unpackCommand(row: CommandRow, index: number): MutableCommand {
  const [
    name,
    arity,
    flagWords,
    firstKey,
    lastKey,
    keyStep,
    aclWords,
    tipWords,
    keySpecs,
    servers,
  ] = row;
  const flags = new Set(words(flagWords));
  const tips = words(tipWords);
  return {
    name,
    index,
    arity,
    flags,
    aclCategories: words(aclWords),
    tips,
    requestPolicy: policy(tips, 'request_policy:') as RequestPolicy | undefined,
    responsePolicy: policy(tips, 'response_policy:') as ResponsePolicy | undefined,
    isWrite: flags.has('write'),
    isReadonly: flags.has('readonly'),
    isBlocking: flags.has('blocking'),
    isAdmin: flags.has('admin'),
    isPubsub: flags.has('pubsub'),
    isNoMulti: flags.has('no_multi'),
    hasKeys: keySpecs.some(isKey),
    keysAreOptional: flags.has('no_mandatory_keys'),
    oneKey: keySpecs.length === 1 && keySpecs.every(isArgumentOne),
    keySpecs,
    firstKey,
    lastKey,
    keyStep,
    servers: words(servers) as ServerName[],
    container: undefined,
    subcommands: [],
  };
}

function isKey(spec: KeySpec): boolean {
  return !spec.flags.includes('not_key');
}

function isArgumentOne(spec: KeySpec): boolean {
  const { begin, find } = spec;
  return (
    isKey(spec) &&
    begin.by === 'index' &&
    begin.index === 1 &&
    find.by === 'range' &&
    find.lastkey === 0
  );
}

function policy(tips: readonly string[], prefix: string): string | undefined {
  return tips.find((tip) => tip.startsWith(prefix))?.slice(prefix.length);
}

function words(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}
