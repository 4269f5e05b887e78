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
 * Where the first element of an array reply begins that a ReplyFramer has framed; -1: it is no array of `count` elements
 * (an error, a null). The others follow: see `skipReply`.
 */
export function firstElement(bytes: Uint8Array, start: number, count: number): number {
  let at = start;
  while (bytes[at] === ATTRIBUTE)
    at = skip(bytes, lineEnd(bytes, at), bytes.length, 2 * length(bytes, at));
  if (bytes[at] !== STAR || length(bytes, at) !== count) return -1;
  return lineEnd(bytes, at);
}

/** Where the reply ends that begins at `start`, its attributes included. It must be whole within `end`. */
export function skipReply(bytes: Uint8Array, start: number, end: number): number {
  return skip(bytes, start, end, 1);
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
  let cr = at + 1;
  while (cr < bytes.length && bytes[cr] !== CR) cr++;
  if (bytes[cr + 1] !== LF) throw new ProtocolError(TOO_SHORT);
  return cr + CRLF_BYTES;
}
