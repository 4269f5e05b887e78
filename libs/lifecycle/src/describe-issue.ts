/** The one place where what zod found becomes a sentence of ours: `<field>  want <wanted>, got <now>`. */
import type { z } from 'zod';

const VALUE_LENGTH_MAX = 60;

const nouns: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'an integer',
  boolean: 'true or false',
  object: 'fields',
  record: 'fields',
  array: 'a list',
};

/** Lines for one issue: a field that is not known has its own. `root` names the value as a whole. */
export function describeIssue(
  issue: z.core.$ZodIssue,
  input: unknown,
  root = 'manifest',
): readonly string[] {
  const field = fieldName(issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => `${fieldName([...issue.path, key])}  is not a field`);
    case 'invalid_key':
      return [`${field}  ${issue.issues[0]?.message ?? 'is not a field'}`];
    case 'custom':
      return [`${field || root}  ${issue.message}`];
    default:
      return [`${field || root}  ${describeValue(issue, valueAt(input, issue.path))}`];
  }
}

function describeValue(issue: z.core.$ZodIssue, value: unknown): string {
  const wanted = wantedBy(issue);
  return value === undefined ? `is required, ${wanted}` : `${wanted}, got ${shown(value)}`;
}

/** A schema that says what it wants (`want …`) knows more than its issue does. */
function wantedBy(issue: z.core.$ZodIssue): string {
  if (issue.message.startsWith('want ')) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `want ${nouns[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return issue.values.length === 1
        ? `want ${shown(issue.values[0])}`
        : `want one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `want at least ${issue.minimum}`;
    case 'too_big':
      return `want at most ${issue.maximum}`;
    default:
      return 'want another value';
  }
}

export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'fields';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}…` : text;
}

export function fieldName(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}

export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    input,
  );
}
