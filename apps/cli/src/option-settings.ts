/** Settings as options of a command line: their help, and their values from flags and environment. */
import {
  ConfigError,
  environmentName,
  flagName,
  loadSettings,
  type Settings,
  type SettingsTable,
} from '@keyfleet/runtime';
import { Option, type Command } from 'commander';

export type Flags = Partial<Record<string, string>>;

/** `letters`: the short forms that some of them have. */
export function addSettings(
  command: Command,
  table: SettingsTable,
  letters: Readonly<Flags> = {},
): Command {
  for (const [key, { form, fallback = '', help }] of Object.entries(table)) {
    const sources = [...(fallback === '' ? [] : [`default ${fallback}`]), environmentName(key)];
    const names = [...(letters[key] ? [`-${letters[key]}`] : []), flagName(key)].join(', ');
    command.addOption(new Option(`${names} <${form}>`, `${help} (${sources.join(', ')})`));
  }
  return command;
}

/**
 * Takes the flags of the table and leaves others alone. Throws ConfigError, with the mistakes that were found already
 * before its own.
 */
export function readSettings<T extends SettingsTable>(
  table: T,
  flags: Readonly<Record<string, string | boolean | undefined>>,
  env: Readonly<Flags>,
  found: readonly string[] = [],
): Settings<T> {
  const argv = Object.keys(table).flatMap((key) =>
    flags[key] === undefined ? [] : [`${flagName(key)}=${String(flags[key])}`],
  );
  const { settings, mistakes } = tryLoading(table, { argv, env });
  if (settings === null || found.length > 0) throw new ConfigError([...found, ...mistakes]);
  return settings;
}

function tryLoading<T extends SettingsTable>(
  table: T,
  sources: Parameters<typeof loadSettings>[1],
): { settings: Settings<T> | null; mistakes: readonly string[] } {
  try {
    return { settings: loadSettings(table, sources), mistakes: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { settings: null, mistakes: error.mistakes };
  }
}
