/** Settings as options of a command line: their help, and their values from flags and environment. */
import {
  environmentName,
  flagName,
  loadSettings,
  type Settings,
  type SettingsTable,
} from '@keyfleet/runtime';
import { Option, type Command } from 'commander';

export type Flags = Partial<Record<string, string>>;

export function addSettings(command: Command, table: SettingsTable): Command {
  for (const [key, { form, fallback = '', help }] of Object.entries(table)) {
    const sources = [...(fallback === '' ? [] : [`default ${fallback}`]), environmentName(key)];
    command.addOption(new Option(`${flagName(key)} <${form}>`, `${help} (${sources.join(', ')})`));
  }
  return command;
}

/** Takes the flags of the table and leaves others alone. Throws ConfigError. */
export function readSettings<T extends SettingsTable>(
  table: T,
  flags: Flags,
  env: Readonly<Flags>,
): Settings<T> {
  const argv = Object.keys(table).flatMap((key) =>
    flags[key] === undefined ? [] : [`${flagName(key)}=${flags[key]}`],
  );
  return loadSettings(table, { argv, env });
}
