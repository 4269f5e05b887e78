/** Schemas that say in our grammar what they want: `describeIssue` (libs/lifecycle) puts it into its lines. */
import { z } from 'zod';

export function integer(min: number, max = Number.MAX_SAFE_INTEGER): z.ZodInt {
  const want = wantInteger(min, max);
  return z.int(want).min(min, want).max(max, want);
}

/** The same from a query string. */
export function integerText(min: number, max = Number.MAX_SAFE_INTEGER): z.ZodCoercedNumber {
  const want = wantInteger(min, max);
  return z.coerce.number(want).int(want).min(min, want).max(max, want);
}

export function text(lengthMax: number): z.ZodString {
  const want = `want a text of 1 to ${lengthMax} characters`;
  return z.string(want).min(1, want).max(lengthMax, want);
}

function wantInteger(min: number, max: number): string {
  const isOpen = max === Number.MAX_SAFE_INTEGER;
  return isOpen ? `want an integer of at least ${min}` : `want an integer from ${min} to ${max}`;
}
