/**
 * Settings as data (design §3): the key `apiPort` is the flag `--api-port`, the environment's `KEYFLEET_API_PORT` and
 * the file's `apiPort`; the flag wins over the environment, the environment over the file.
 */
import { z } from 'zod';

export type Setting<T = unknown> = {
  readonly type: z.ZodType<T>;
  /** How the value is written, for help and the generated reference. */
  readonly form: string;
  /** As text, like any other source; undefined: the setting is required. */
  readonly fallback: string | undefined;
  readonly help: string;
};
export type SettingsTable = Readonly<Record<string, Setting>>;
export type Settings<T extends SettingsTable> = { readonly [K in keyof T]: z.output<T[K]['type']> };

type Kind<T> = { readonly type: z.ZodType<T>; readonly form: string };

export function setting<T>(kind: Kind<T>, fallback: string | undefined, help: string): Setting<T> {
  return { ...kind, fallback, help };
}

export const text: Kind<string> = { form: 'text', type: z.string() };

export function integer(min: number, max: number): Kind<number> {
  const want = `want an integer from ${min} to ${max}`;
  const type = z
    .string()
    .regex(/^-?\d{1,15}$/, want)
    .transform(Number)
    .refine((n) => n >= min && n <= max, want);
  return { form: `${min}…${max}`, type: type };
}

export const port: Kind<number> = integer(0, 65535);

export const url: Kind<string> = {
  form: 'URL',
  type: z
    .string()
    .refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ''), 'want http://host:port'),
};

export function oneOf<const T extends string>(...values: T[]): Kind<T> {
  return {
    form: values.join(' | '),
    type: z.enum(values, `want one of ${values.join(', ')}`),
  };
}

/** Comma-separated; the empty text is the empty list. */
export function list<T>(kind: Kind<T>): Kind<readonly T[]> {
  const type = z
    .string()
    .transform((value) => (value === '' ? [] : value.split(',')))
    .pipe(z.array(kind.type as unknown as z.ZodType<T, string>));
  return { form: `${kind.form},…`, type: type };
}

/** Settings that cannot be used; the message shows every mistake at once. Exit code 78 (EX_CONFIG). */
export class ConfigError extends Error {
  readonly code = 'CONFIG';
  readonly exitCode = 78;
  readonly mistakes: readonly string[];
  constructor(mistakes: readonly string[]) {
    const count =
      mistakes.length === 1 ? '1 setting is wrong' : `${mistakes.length} settings are wrong`;
    super(`Cannot start: ${count}\n${mistakes.map((line) => `  ${line}`).join('\n')}`);
    this.name = 'ConfigError';
    this.mistakes = mistakes;
  }
}

export type Sources = {
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  file?: Readonly<Record<string, unknown>>;
};

/** Reads every setting before it fails. Throws ConfigError. */
export function loadSettings<T extends SettingsTable>(table: T, sources: Sources): Settings<T> {
  const { flags, mistakes } = readFlags(table, sources.argv);
  for (const key of Object.keys(sources.file ?? {})) {
    if (!(key in table)) mistakes.push(`${key}  is not a setting`);
  }
  const entries = Object.entries(table).map(([key, of]) => {
    const found = lookUp(key, flags, sources) ?? { name: flagName(key), value: of.fallback };
    if (found.value === undefined) {
      mistakes.push(`${found.name}  is required (or ${environmentName(key)})`);
      return [key, undefined] as const;
    }
    const result = of.type.safeParse(found.value);
    if (!result.success)
      mistakes.push(`${found.name}  ${result.error.issues[0]!.message}, got "${found.value}"`);
    return [key, result.data] as const;
  });
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return Object.freeze(Object.fromEntries(entries)) as Settings<T>;
}

export function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

export function environmentName(key: string): string {
  return `KEYFLEET_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function lookUp(key: string, flags: ReadonlyMap<string, string>, { env, file }: Sources) {
  const candidates: [string, unknown][] = [
    [flagName(key), flags.get(key)],
    [environmentName(key), env[environmentName(key)]],
    [key, file?.[key]],
  ];
  const found = candidates.find(([, value]) => value !== undefined);
  return found && { name: found[0], value: String(found[1]) };
}

/** `--name value` and `--name=value`; anything else on the line is a mistake. */
function readFlags(table: SettingsTable, argv: readonly string[]) {
  const keys = new Map(Object.keys(table).map((key) => [flagName(key), key]));
  const flags = new Map<string, string>();
  const mistakes: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const [name, inline] = splitFlag(argv[at]!);
    const key = keys.get(name);
    if (key === undefined) {
      mistakes.push(`${name}  is not a setting`);
      continue;
    }
    const value = inline ?? argv[++at];
    if (value === undefined) mistakes.push(`${name}  wants a value`);
    else flags.set(key, value);
  }
  return { flags, mistakes };
}

function splitFlag(argument: string): [string, string | undefined] {
  const equals = argument.indexOf('=');
  return equals === -1
    ? [argument, undefined]
    : [argument.slice(0, equals), argument.slice(equals + 1)];
}
