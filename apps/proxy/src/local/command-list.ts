/** COMMAND LIST [FILTERBY MODULE name | ACLCAT category | PATTERN pattern] (server.c `commandListCommand`). Pure. */
import { commands, type Command } from '@keyfleet/commands';
import { wordTable } from '../route/word-table.ts';
import { matchesGlob } from './glob.ts';

type Filter = (command: Command, value: string) => boolean;

const filters = wordTable<Filter>({
  // The table does not tell which module a command is of.
  module: () => false,
  aclcat: ({ aclCategories }, category) =>
    aclCategories.some((name) => name.replace(/^@/, '') === category.toLowerCase()),
  pattern: ({ name }, pattern) => matchesGlob(pattern.toLowerCase(), name),
});

/** Names of commands and subcommands; null: a syntax error. `options` are the words behind LIST. */
export function listedCommands(options: readonly string[]): string[] | null {
  const filter = filterOf(options);
  return filter && commands.filter(filter).map(({ name }) => name);
}

function filterOf(options: readonly string[]): ((command: Command) => boolean) | null {
  if (options.length === 0) return () => true;
  const [word, kind, value] = options;
  const filter = filters.get(kind?.toLowerCase() ?? '');
  const isRight = options.length === 3 && word!.toLowerCase() === 'filterby';
  return isRight && filter !== undefined ? (command) => filter(command, value!) : null;
}
