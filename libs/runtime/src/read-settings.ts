import type { Mistakes } from './config-error.ts';
import type { Given, Layer } from './settings-layers.ts';
import type { Setting, Settings, SettingsTable } from './setting.ts';

export type ReadFrom = {
  /** The strongest first. */
  readonly layers: readonly Layer[];
  readonly mistakes: Mistakes;
  /** Says of a required setting that no layer has it. */
  readonly onMissing: (key: string) => void;
};

/** Reads all of them. What is wrong goes to `mistakes`: the values are good only if there are none. */
export function readSettings<T extends SettingsTable>(table: T, from: ReadFrom): Settings<T> {
  const entries = Object.entries(table).map(([key, of]) => [key, read(key, of, from)] as const);
  return Object.freeze(Object.fromEntries(entries)) as Settings<T>;
}

function read(key: string, { type, fallback }: Setting, from: ReadFrom): unknown {
  const given = find(key, from.layers) ?? { name: key, value: fallback };
  if (given.value === undefined) {
    from.onMissing(key);
    return undefined;
  }
  const text = textOf(given.value);
  if (text === undefined) {
    from.mistakes.add(given.name, 'want a value, got fields', given.line);
    return undefined;
  }
  const result = type.safeParse(text);
  if (!result.success) {
    const [issue] = result.error.issues;
    from.mistakes.add(given.name, `${issue!.message}, got "${text}"`, given.line);
  }
  return result.data;
}

function find(key: string, layers: readonly Layer[]): Given | undefined {
  for (const layer of layers) {
    const given = layer(key);
    if (given !== undefined) return given;
  }
  return undefined;
}

/** Settings are read as text from wherever they come; lists are written with commas there. */
function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const texts = value.map(textOf);
    return texts.includes(undefined) ? undefined : texts.join(',');
  }
  return isScalar(value) ? String(value) : undefined;
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
