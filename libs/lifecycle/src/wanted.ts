/** Schemas that say in our grammar what they want: `describeIssue` puts that into its lines. */
import { z } from 'zod';

export function integer(min: number, max: number): z.ZodInt {
  const want = `want an integer from ${min} to ${max}`;
  return z.int(want).min(min, want).max(max, want);
}

export function text(lengthMax: number): z.ZodString {
  return z.string().max(lengthMax, `want at most ${lengthMax} characters`);
}

/** JSON Schema has a word for the most entries, zod has none: libs/kube needs it for the CRD. */
export function mapOf<K extends z.ZodString, V extends z.ZodType>(
  entry: { key: K; value: V },
  entriesMax: number,
): z.ZodRecord<K, V> {
  return z
    .record(entry.key, entry.value)
    .refine((map) => Object.keys(map).length <= entriesMax, `want at most ${entriesMax} entries`)
    .meta({ maxProperties: entriesMax });
}
