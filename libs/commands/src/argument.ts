/** Reads single arguments of a request where they lie. */
import type { RequestView } from '@keyfleet/resp';

const ZERO = 0x30;
const NINE = 0x39;
const MINUS = 0x2d;
const PLUS = 0x2b;
/** Longer numbers are out of every range that counts keys. */
const DIGITS_MAX = 18;

/**
 * Whether the argument is the word, in any letter case; `word` is given in lower case and holds
 * letters and digits only.
 */
export function isWord(request: RequestView, position: number, word: string): boolean {
  const { bytes, offsets } = request;
  const start = offsets[2 * position]!;
  if (offsets[2 * position + 1]! - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) {
    const byte = bytes[start + i]!;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== word.charCodeAt(i)) return false;
  }
  return true;
}

export function isEmpty(request: RequestView, position: number): boolean {
  return request.offsets[2 * position] === request.offsets[2 * position + 1];
}

/**
 * The argument as a count, or -1: as strict as Redis' string2ll, so `+1`, `01` and ` 1` are no
 * numbers.
 */
export function readCount(request: RequestView, position: number): number {
  const { bytes, offsets } = request;
  const start = offsets[2 * position]!;
  const end = offsets[2 * position + 1]!;
  const isPadded = bytes[start] === ZERO && end > start + 1;
  if (start === end || isPadded || end - start > DIGITS_MAX) return -1;
  let count = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte < ZERO || byte > NINE) return -1;
    count = count * 10 + (byte - ZERO);
  }
  return count;
}

/**
 * The argument as C's atoi reads it: blanks and a sign before, anything after the digits, wrapped
 * to 32 bits.
 */
export function readLenientCount(request: RequestView, position: number): number {
  const { bytes, offsets } = request;
  const end = offsets[2 * position + 1]!;
  let at = offsets[2 * position]!;
  while (at < end && isBlank(bytes[at]!)) at++;
  const sign = at < end ? bytes[at] : undefined;
  if (sign === MINUS || sign === PLUS) at++;
  const count = wrappedDigits(bytes, at, end);
  return sign === MINUS ? -count : count;
}

function wrappedDigits(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) break;
    if (at - start === DIGITS_MAX) return -1; // the largest long, of which 32 bits are -1
    count = (Math.imul(count, 10) + digit) | 0;
  }
  return count;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
