import { z } from 'zod';

/** Says in our grammar what it wants: `describeIssue` puts that into its lines. */
export function integer(min: number, max: number): z.ZodInt {
  const want = `want an integer from ${min} to ${max}`;
  return z.int(want).min(min, want).max(max, want);
}
