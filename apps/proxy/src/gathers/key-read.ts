/** What was read of one key, as the server answered it. */
import type { Scores } from './scores.ts';

export type ReadCommand = 'SMEMBERS' | 'ZRANGE' | 'GET';
/** Null: there is no such key. */
export type KeyRead = { readonly by: ReadCommand; readonly reply: Uint8Array } | null;

const CR = 0x0d;
const BULK = 0x24;
const DOUBLE = 0x2c;
/** Of a null. */
const MINUS = 0x2d;
const ZERO = 0x30;
const CRLF_BYTES = 2;

const SET_SCORE = 1;
const NAMED: Readonly<Record<string, number>> = { inf: Infinity, '-inf': -Infinity };

export function scoresOf(read: KeyRead): Scores {
  if (read === null) return new Map();
  const texts = textsOf(read.reply);
  if (read.by === 'SMEMBERS') return new Map(texts.map((member) => [member, SET_SCORE]));
  const scores = new Map<string, number>();
  for (let i = 0; i + 1 < texts.length; i += 2) scores.set(texts[i]!, scoreOf(texts[i + 1]!));
  return scores;
}

/** A string, a character per byte; null: there is none. */
export function stringOf(read: KeyRead): string | null {
  return read === null ? null : (textsOf(read.reply)[0] ?? null);
}

/** The bulks and doubles of a reply, a character per byte, whatever they are nested in: RESP3 pairs what RESP2 lists. */
function textsOf({ buffer, byteOffset, byteLength }: Uint8Array): string[] {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  const texts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const type = bytes[at]!;
    const start = at + 1;
    const lineEnd = bytes.indexOf(CR, start);
    at = lineEnd + CRLF_BYTES;
    if (type === DOUBLE) texts.push(bytes.toString('latin1', start, lineEnd));
    if (type !== BULK || bytes[start] === MINUS) continue;
    const end = at + lengthAt(bytes, start, lineEnd);
    texts.push(bytes.toString('latin1', at, end));
    at = end + CRLF_BYTES;
  }
  return texts;
}

function lengthAt(bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  for (let at = start; at < end; at++) length = length * 10 + (bytes[at]! - ZERO);
  return length;
}

function scoreOf(text: string): number {
  return NAMED[text] ?? Number(text);
}
