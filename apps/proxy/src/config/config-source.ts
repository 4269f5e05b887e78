import {
  fieldsLayer,
  pathText,
  refuseOthers,
  type FieldPath,
  type Fields,
  type Layer,
  type LineOf,
  type Mistakes,
} from '@keyfleet/runtime';

/** What this start was given, and what is wrong with it so far. */
export type ConfigSource = {
  readonly flags: Layer;
  readonly environment: Layer;
  /** Fields on top of the file. */
  readonly top: Layer;
  readonly file: Fields;
  readonly lineOf: LineOf;
  readonly mistakes: Mistakes;
};

/** A mistake in the file. */
export function refuse(source: ConfigSource, path: FieldPath, what: string): void {
  source.mistakes.add(pathText(path), what, source.lineOf(path));
}

/** What lies at `path` of the file, if those are fields; all of them must be `known`. */
export function openFields(
  source: ConfigSource,
  at: { value: unknown; path: FieldPath },
  known: object,
): Layer {
  const { lineOf, mistakes } = source;
  const { value, path } = at;
  // Nothing after the colon: no fields, all defaults.
  const fields = value === '' ? {} : value;
  if (!isFields(fields)) {
    // Which text is not shown: of a user it may be the password.
    refuse(source, path, `want fields, got ${Array.isArray(value) ? 'a list' : 'a text'}`);
    return () => undefined;
  }
  refuseOthers(fields, known, { path, lineOf, mistakes });
  return fieldsLayer(fields, path, lineOf);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
