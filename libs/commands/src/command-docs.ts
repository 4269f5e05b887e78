import type { CommandDocs } from './command-row.ts';

/**
 * What COMMAND DOCS says of every command and subcommand, by name, subcommands not nested. It is
 * large, and most proxies are never asked for it: it is read at the first call. Objects are maps of
 * the reply; `doc_flags`, `history` and `flags` sets.
 */
export async function loadCommandDocs(): Promise<Readonly<Record<string, CommandDocs>>> {
  const { commandDocs } = await import('./generated/command-docs.ts');
  return commandDocs;
}
