/** The full decoder, for control paths and tests; client traffic is framed and passed on untouched. */
import { CRLF_BYTES, CR, LF, latin1 } from './bytes.ts';
import { ProtocolError } from './protocol-error.ts';
import { ReplyFramer } from './reply-framer.ts';
import { ErrorReply, type Reply } from './reply.ts';
import type { ReplyLimits } from './reply-limits.ts';
import {
  LAYOUTS,
  LAYOUT_LINE,
  isNullLength,
  unknownTypeText,
  wrongLengthText,
} from './reply-types.ts';

const strictText = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const looseText = new TextDecoder('utf-8', { ignoreBOM: true });

/** It recurses: deeper replies are a script's that was made to be deep. */
const DEPTH_MAX = 128;

const TOO_SHORT = 'Cannot read reply: it ends early, want a whole one';

/** Decodes exactly one whole reply. */
export function decodeReply(bytes: Uint8Array, start = 0, end: number = bytes.length): Reply {
  const reader = new Reader(bytes, start, end);
  const reply = reader.read(0);
  if (reader.at !== end)
    throw new ProtocolError(`Cannot read reply: ${end - reader.at} bytes follow it, want none`);
  return reply;
}

/** Decodes a stream of replies, pushes among them. */
export class ReplyDecoder {
  readonly #framer: ReplyFramer;

  constructor(limits: Partial<ReplyLimits> = {}) {
    this.#framer = new ReplyFramer(limits);
  }

  /** The chunk is copied: the caller may reuse it. */
  push(chunk: Uint8Array): void {
    this.#framer.push(chunk);
    this.#framer.keep();
  }

  /** The next whole reply; undefined: more bytes are needed. */
  next(): Reply | undefined {
    const framer = this.#framer;
    return framer.next() ? decodeReply(framer.bytes, framer.start, framer.end) : undefined;
  }
}

/** Reads one reply by recursion, which the depth limit bounds. */
class Reader {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#end = end;
    this.at = start;
  }

  read(depth: number): Reply {
    if (this.at >= this.#end) throw new ProtocolError(TOO_SHORT);
    const type = this.#bytes[this.at++]!;
    if (LAYOUTS[type] === LAYOUT_LINE) return lineReply(type, this.#line());
    if (LAYOUTS[type] === 0) throw new ProtocolError(unknownTypeText(type));
    return this.#sized(type, depth);
  }

  #sized(type: number, depth: number): Reply {
    const start = this.at;
    this.at = this.#lineStop();
    const text = latin1(this.#bytes, start, this.at - CRLF_BYTES);
    if (isNullLength(type, text)) return null;
    if (!/^\d{1,10}$/.test(text)) throw new ProtocolError(wrongLengthText(type, text));
    const length = Number(text);
    switch (String.fromCharCode(type)) {
      case '$':
        return this.#bulk(length);
      case '!':
        return new ErrorReply(looseText.decode(this.#payload(length)));
      case '=':
        return verbatim(looseText.decode(this.#payload(length)));
      case '%':
        return new Map(this.#pairs(length, depth));
      case '~':
        return new Set(this.#items(length, depth));
      case '>':
        return { type: 'push', items: this.#items(length, depth) };
      case '|':
        this.#items(length * 2, depth);
        return this.read(depth);
      default:
        return this.#items(length, depth);
    }
  }

  #items(count: number, depth: number): Reply[] {
    if (depth >= DEPTH_MAX && count > 0)
      throw new ProtocolError(`Cannot read reply: it is nested more than ${depth} levels deep`);
    const items: Reply[] = [];
    for (let i = 0; i < count; i++) items.push(this.read(depth + 1));
    return items;
  }

  #pairs(count: number, depth: number): [Reply, Reply][] {
    const flat = this.#items(count * 2, depth);
    return Array.from({ length: count }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!]);
  }

  #bulk(length: number): string | Uint8Array {
    const payload = this.#payload(length);
    try {
      return strictText.decode(payload);
    } catch {
      return payload.slice();
    }
  }

  #payload(length: number): Uint8Array {
    const start = this.at;
    const end = start + length;
    if (end + CRLF_BYTES > this.#end) throw new ProtocolError(TOO_SHORT);
    if (this.#bytes[end] !== CR || this.#bytes[end + 1] !== LF) throw new ProtocolError(TOO_SHORT);
    this.at = end + CRLF_BYTES;
    return this.#bytes.subarray(start, end);
  }

  #line(): string {
    const start = this.at;
    this.at = this.#lineStop();
    return looseText.decode(this.#bytes.subarray(start, this.at - CRLF_BYTES));
  }

  /** The position behind the line that starts here. */
  #lineStop(): number {
    const cr = this.#bytes.indexOf(CR, this.at);
    if (cr < 0 || cr + 1 >= this.#end || this.#bytes[cr + 1] !== LF)
      throw new ProtocolError(TOO_SHORT);
    return cr + CRLF_BYTES;
  }
}

function lineReply(type: number, text: string): Reply {
  switch (String.fromCharCode(type)) {
    case '+':
      return { type: 'status', text };
    case '-':
      return new ErrorReply(text);
    case ':':
      return integer(text);
    case '(':
      return wholeNumber(text);
    case ',':
      return { type: 'double', value: doubleValue(text) };
    case '#':
      if (text !== 't' && text !== 'f') throw new ProtocolError(wrongText('boolean', text));
      return text === 't';
    default:
      if (text !== '') throw new ProtocolError(wrongText('null', text));
      return null;
  }
}

/** Doubles are exact up to 2^53 only; beyond, the value is a bigint. */
function integer(text: string): number | bigint {
  const value = wholeNumber(text);
  const isSafe = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
  return isSafe ? Number(value) : value;
}

function wholeNumber(text: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) throw new ProtocolError(wrongText('integer', text));
  return BigInt(text.startsWith('+') ? text.slice(1) : text);
}

function doubleValue(text: string): number {
  const named: Readonly<Record<string, number>> = {
    inf: Infinity,
    '-inf': -Infinity,
    nan: NaN,
    '-nan': NaN,
  };
  const value = named[text] ?? Number(text);
  if (text.trim() === '' || (Number.isNaN(value) && !(text in named)))
    throw new ProtocolError(wrongText('double', text));
  return value;
}

/** Three characters name the format, a colon ends them. */
function verbatim(content: string): Reply {
  if (content[3] !== ':')
    throw new ProtocolError(wrongText('verbatim string', content.slice(0, 4)));
  return { type: 'verbatim', format: content.slice(0, 3), text: content.slice(4) };
}

const wrongText = (what: string, text: string): string =>
  `Cannot read reply: got ${JSON.stringify(text.slice(0, 32))}, want a ${what}`;
