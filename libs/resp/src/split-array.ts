import { CR, CRLF_BYTES, LF, STAR, ZERO } from './bytes.ts';
import { ProtocolError } from './protocol-error.ts';
import {
  ATTRIBUTE,
  LAYOUTS,
  LAYOUT_ATTRIBUTE,
  LAYOUT_BLOB,
  LAYOUT_ITEMS,
  LAYOUT_LINE,
  unknownTypeText,
} from './reply-types.ts';

const TOO_SHORT = 'Cannot split reply: it ends early, want a whole one';

/**
 * Finds the elements of an array reply that a ReplyFramer has framed: element i is
 * bytes[into[2i] .. into[2i+1]), its attributes included. `into` is reused: only its first 2 × count
 * numbers are written. Returns the count, or -1 if the reply is not an array (an error, a null).
 */
export function splitArray(bytes: Uint8Array, start: number, end: number, into: number[]): number {
  let at = start;
  while (bytes[at] === ATTRIBUTE) at = skip(bytes, lineEnd(bytes, at), end, 2 * length(bytes, at));
  if (bytes[at] !== STAR) return -1;
  const count = length(bytes, at);
  at = lineEnd(bytes, at);
  for (let i = 0; i < count; i++) {
    into[2 * i] = at;
    at = skip(bytes, at, end, 1);
    into[2 * i + 1] = at;
  }
  return count;
}

/** Skips `replies` whole replies. That they nest does not matter here: their numbers add up. */
function skip(bytes: Uint8Array, start: number, end: number, replies: number): number {
  let at = start;
  for (let left = replies; left > 0;) {
    if (at >= end) throw new ProtocolError(TOO_SHORT);
    const layout = LAYOUTS[bytes[at]!]!;
    if (layout === 0) throw new ProtocolError(unknownTypeText(bytes[at]!));
    const size = layout === LAYOUT_LINE ? 0 : length(bytes, at);
    at = lineEnd(bytes, at);
    if (layout === LAYOUT_BLOB && size >= 0) at += size + CRLF_BYTES;
    if (layout !== LAYOUT_ATTRIBUTE) left--;
    left += elements(layout, size);
  }
  return at;
}

function elements(layout: number, size: number): number {
  if (layout < LAYOUT_ITEMS || size < 0) return 0;
  return layout === LAYOUT_ITEMS ? size : 2 * size;
}

/** The number after the type byte; -1 for a null. */
function length(bytes: Uint8Array, at: number): number {
  let value = 0;
  let cursor = at + 1;
  for (; (bytes[cursor]! - ZERO) >>> 0 < 10; cursor++) value = value * 10 + (bytes[cursor]! - ZERO);
  return cursor === at + 1 ? -1 : value;
}

function lineEnd(bytes: Uint8Array, at: number): number {
  const cr = bytes.indexOf(CR, at);
  if (cr < 0 || bytes[cr + 1] !== LF) throw new ProtocolError(TOO_SHORT);
  return cr + CRLF_BYTES;
}
