/** Replies that are lists of bulk strings, taken apart and put together without decoding: they may be large. */
import { firstElement, ProtocolError } from '@keyfleet/resp';

const STAR = 0x2a;
const DOLLAR = 0x24;
const CR = 0x0d;
const ZERO = 0x30;
const CRLF_BYTES = 2;

/** Whether to keep the string at bytes[start, end). */
export type KeepString = (bytes: Uint8Array, start: number, end: number) => boolean;

export type Strings = {
  /** Whole elements, one behind another. */
  readonly parts: readonly Uint8Array[];
  readonly count: number;
};

/** The strings of the array reply at bytes[start] that `keep` keeps. */
export function keptStrings(bytes: Uint8Array, start: number, keep: KeepString): Strings {
  const total = lengthAt(bytes, start, STAR);
  let at = firstElement(bytes, start, total);
  const parts: Uint8Array[] = [];
  let count = 0;
  let from = at;
  for (let i = 0; i < total; i++) {
    const head = at;
    const payload = bytes.indexOf(CR, head) + CRLF_BYTES;
    const end = payload + lengthAt(bytes, head, DOLLAR);
    at = end + CRLF_BYTES;
    if (keep(bytes, payload, end)) count++;
    else {
      if (head > from) parts.push(bytes.subarray(from, head));
      from = at;
    }
  }
  if (at > from) parts.push(bytes.subarray(from, at));
  return { parts, count };
}

/** An array reply of them all. */
export function stringsReply(lists: readonly Strings[]): Uint8Array {
  const count = lists.reduce((sum, list) => sum + list.count, 0);
  const head = Buffer.from(`*${count}\r\n`);
  return Buffer.concat([head, ...lists.flatMap(({ parts }) => parts)]);
}

function lengthAt(bytes: Uint8Array, at: number, type: number): number {
  let value = 0;
  let cursor = at + 1;
  for (; (bytes[cursor]! - ZERO) >>> 0 < 10; cursor++) value = value * 10 + bytes[cursor]! - ZERO;
  if (bytes[at] !== type || cursor === at + 1)
    throw new ProtocolError('Cannot read reply: it is of another form, want a list of strings');
  return value;
}
