/**
 * Inline requests: one line of words, as typed into telnet. The rules are those of sds.c
 * `sdssplitargs`; only a NUL byte differs, which is a byte like any other here (Redis looks for the
 * line's end with strchr and, behind a NUL, never finds it).
 */
import { ProtocolError } from './protocol-error.ts';

const UNBALANCED = 'Protocol error: unbalanced quotes in request';

const SPACE = 0x20;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const BACKSLASH = 0x5c;
const LOWER_X = 0x78;
/** What a backslash and a letter mean between double quotes; any other byte means itself. */
const ESCAPES: Readonly<Record<number, number>> = { 0x6e: 10, 0x72: 13, 0x74: 9, 0x62: 8, 0x61: 7 };

/** isspace(3) of the C locale. */
const isSpace = (byte: number | undefined): boolean =>
  byte === SPACE || (byte !== undefined && byte >= 9 && byte <= 13);
/** What ends a word outside quotes; vertical tab and form feed do not, in sdssplitargs either. */
const isWordEnd = (byte: number | undefined): boolean =>
  byte === undefined || byte === SPACE || byte === 9 || byte === 10 || byte === 13;

/** The words of a line, unquoted; none for an empty line. */
export function splitInline(line: Uint8Array): Uint8Array[] {
  const words: Uint8Array[] = [];
  let at = 0;
  for (;;) {
    while (isSpace(line[at])) at++;
    if (at >= line.length) return words;
    const word: number[] = [];
    at = readWord(line, at, word);
    words.push(Uint8Array.from(word));
  }
}

/** Reads one word; quotes may open in its middle, but a closing quote ends it. */
function readWord(line: Uint8Array, start: number, word: number[]): number {
  for (let at = start; ; at++) {
    const byte = line[at];
    if (isWordEnd(byte)) return at;
    if (byte === QUOTE) return readQuoted(line, at + 1, word);
    if (byte === APOSTROPHE) return readApostrophed(line, at + 1, word);
    word.push(byte!);
  }
}

function readQuoted(line: Uint8Array, start: number, word: number[]): number {
  let at = start;
  while (at < line.length) {
    const byte = line[at]!;
    if (byte === QUOTE) return closeQuote(line, at);
    if (byte === BACKSLASH && at + 1 < line.length) at += readEscape(line, at + 1, word);
    else word.push(byte);
    at++;
  }
  throw new ProtocolError(UNBALANCED);
}

/** Reads what follows a backslash: `xHH` or one byte. Returns how many bytes that were. */
function readEscape(line: Uint8Array, at: number, word: number[]): number {
  const byte = line[at]!;
  const high = hexDigit(line[at + 1]);
  const low = hexDigit(line[at + 2]);
  if (byte === LOWER_X && high >= 0 && low >= 0) {
    word.push(high * 16 + low);
    return 3;
  }
  word.push(ESCAPES[byte] ?? byte);
  return 1;
}

/** Between apostrophes only `\'` is an escape. */
function readApostrophed(line: Uint8Array, start: number, word: number[]): number {
  for (let at = start; at < line.length; at++) {
    const byte = line[at]!;
    if (byte === APOSTROPHE) return closeQuote(line, at);
    if (byte === BACKSLASH && line[at + 1] === APOSTROPHE) at++;
    word.push(line[at]!);
  }
  throw new ProtocolError(UNBALANCED);
}

function closeQuote(line: Uint8Array, at: number): number {
  if (at + 1 < line.length && !isSpace(line[at + 1])) throw new ProtocolError(UNBALANCED);
  return at + 1;
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
