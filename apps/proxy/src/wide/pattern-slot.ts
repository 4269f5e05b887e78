/**
 * The slot of every key that a glob pattern can match, or null when there may be several: the pattern names one key, or
 * its hash tag is literal, as in `user:{7}:*`. What stands before the tag must be literal too, for the *first* braces
 * count (db.c `patternHashSlot`).
 */
import { keySlot } from '@keyfleet/slots';

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** `*`, `?`, `[` and the escape. */
const SPECIAL = new Set([0x2a, 0x3f, 0x5b, 0x5c]);

export function patternSlot(pattern: Uint8Array): number | null {
  const special = pattern.findIndex((byte) => SPECIAL.has(byte));
  if (special === -1) return keySlot(pattern, 0, pattern.length);
  const literal = pattern.subarray(0, special);
  const open = literal.indexOf(OPEN_BRACE);
  const close = open === -1 ? -1 : literal.indexOf(CLOSE_BRACE, open);
  // Of an empty tag the whole key counts.
  return close > open + 1 ? keySlot(literal, open, close + 1) : null;
}
