export { hasValidArity, type Command } from './command.ts';
export { loadCommandDocs } from './command-docs.ts';
export { foreignCommand, rowOfInfo, type CommandInfo, type InfoRow } from './command-info.ts';
export { commandNamed, commands } from './command-list.ts';
export type { CommandDocs, CommandRow, DocValue, KeySpec } from './command-row.ts';
export { extractKeys } from './extract-keys.ts';
export { findCommand } from './find-command.ts';
