/**
 * Settings as data (design §3): the key `apiPort` is the flag `--api-port`, the environment's `KEYFLEET_API_PORT` and
 * the file's `apiPort`; the flag wins over the environment, the environment over the file.
 */
import { Mistakes } from './config-error.ts';
import { readSettings } from './read-settings.ts';
import {
  environmentLayer,
  fieldsLayer,
  flagLayer,
  refuseOthers,
  type Environment,
  type Fields,
  type LineOf,
} from './settings-layers.ts';
import { environmentName, flagName, type Settings, type SettingsTable } from './setting.ts';

export type Sources = {
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly file?: Fields;
  readonly lineOf?: LineOf;
};

/** Reads every setting before it fails. Throws ConfigError. */
export function loadSettings<T extends SettingsTable>(table: T, sources: Sources): Settings<T> {
  const { argv, env, file = {}, lineOf = () => undefined } = sources;
  const mistakes = new Mistakes();
  const flags = flagLayer(table, argv, mistakes);
  refuseOthers(file, table, { path: [], lineOf, mistakes });
  const settings = readSettings(table, {
    layers: [flags, environmentLayer(env), fieldsLayer(file, [], lineOf)],
    mistakes,
    onMissing: (key) => mistakes.add(flagName(key), requiredText(key)),
  });
  mistakes.throwIfAny();
  return settings;
}

export function requiredText(key: string): string {
  return `is required (or ${environmentName(key)})`;
}
