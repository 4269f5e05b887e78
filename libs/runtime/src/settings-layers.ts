/** Where settings are looked for: the command line, the environment, fields of a file. */
import type { Mistakes } from './config-error.ts';
import { suggestion } from './near-name.ts';
import { environmentName, flagName, type SettingsTable } from './setting.ts';

/** A value as it was given, and what to call it in a message. */
export type Given = {
  readonly name: string;
  readonly value: unknown;
  /** Of the file. */
  readonly line?: number | undefined;
};
export type Layer = (key: string) => Given | undefined;

export type Environment = Readonly<Record<string, string | undefined>>;
export type Fields = Readonly<Record<string, unknown>>;
/** Of a field: names, and positions in lists, from the top of the file. */
export type FieldPath = readonly (string | number)[];
export type LineOf = (path: FieldPath) => number | undefined;

/** `--name value` and `--name=value`; anything else on the line is a mistake. */
export function flagLayer(
  table: SettingsTable,
  argv: readonly string[],
  mistakes: Mistakes,
): Layer {
  const keys = new Map(Object.keys(table).map((key) => [flagName(key), key]));
  const flags = new Map<string, Given>();
  for (let at = 0; at < argv.length; at++) {
    const [name, inline] = splitFlag(argv[at]!);
    const key = keys.get(name);
    if (key === undefined) {
      mistakes.add(name, `is not a setting${suggestion(name, keys.keys())}`);
      // What is not shown: it may be a password.
      if (name.startsWith('-') && inline === undefined && !isFlag(argv[at + 1] ?? '--')) at++;
      continue;
    }
    const value = inline ?? argv[++at];
    if (value === undefined) mistakes.add(name, 'wants a value');
    else flags.set(key, { name, value });
  }
  return (key) => flags.get(key);
}

function isFlag(argument: string): boolean {
  return argument.startsWith('--');
}

function splitFlag(argument: string): [string, string | undefined] {
  const equals = argument.indexOf('=');
  return equals === -1
    ? [argument, undefined]
    : [argument.slice(0, equals), argument.slice(equals + 1)];
}

export function environmentLayer(env: Environment): Layer {
  return (key) => {
    const name = environmentName(key);
    return env[name] === undefined ? undefined : { name, value: env[name] };
  };
}

/** Fields of a file that lie at `path`. */
export function fieldsLayer(fields: Fields, path: FieldPath, lineOf: LineOf): Layer {
  return (key) => {
    if (!Object.hasOwn(fields, key)) return undefined;
    const at = [...path, key];
    return { name: pathText(at), value: fields[key], line: lineOf(at) };
  };
}

/** Every field must be one of these. */
export function refuseOthers(
  fields: Fields,
  known: object,
  at: { path: FieldPath; lineOf: LineOf; mistakes: Mistakes },
): void {
  for (const key of Object.keys(fields)) {
    if (Object.hasOwn(known, key)) continue;
    const path = [...at.path, key];
    const near = suggestion(key, Object.keys(known));
    at.mistakes.add(pathText(path), `is not a setting${near}`, at.lineOf(path));
  }
}

/** `listeners[0].port` */
export function pathText(path: FieldPath): string {
  const parts = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`));
  return parts.join('').replace(/^\./, '');
}
