import type { ClusterSpec } from './manifest.ts';

/** The order of keys means nothing, and neither does a field that is undefined. */
export function isSameSpec(a: ClusterSpec, b: ClusterSpec): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

/** Equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
