/**
 * Finds requests in the bytes of a client, after networking.c `processMultibulkBuffer` and
 * `processInlineBuffer`, without decoding or copying them.
 *
 * Differences from Redis, on purpose:
 * - Redis skips the two bytes after a length or a payload unseen. Here they must be CRLF: a frame is
 *   forwarded as it is on a connection that other clients share, and a stricter server would end it.
 * - The limit on a line counts from its start however the bytes are cut, so that any chunking gives
 *   the same result; Redis looks at what one read happened to bring.
 * - A NUL byte does not hide the end of a line.
 */
import { CR, CRLF_BYTES, DOLLAR, LF, NO_BYTES, STAR, ZERO, latin1 } from './bytes.ts';
import { encodeCommand } from './encode-command.ts';
import { splitInline } from './inline-request.ts';
import type { FrameMemory } from './frame-memory.ts';
import { Intake } from './intake.ts';
import { ProtocolError } from './protocol-error.ts';
import { REQUEST_LIMITS, type RequestLimits } from './request-limits.ts';

/** A request as offsets into bytes: argument i is bytes[offsets[2i] .. offsets[2i+1]). */
export interface RequestView {
  readonly bytes: Uint8Array;
  readonly offsets: Int32Array;
  readonly count: number;
}

const OFFSETS_MIN = 32;
/** A longer offsets array is given back once its request is taken. */
const OFFSETS_KEPT_MAX = 2048;
/** Digits that the scan reads by itself: 999,999,999 stays a small integer. */
const PLAIN_DIGITS_MAX = 9;
const INT64_MIN = -(2n ** 63n);

const NO_CRLF = 'Protocol error: expected CRLF after a length or an argument';

const WAIT = 0;
const READY = 1;
const AGAIN = 2;

const SEARCHING = 0;
/** `next` returned the request; any call but `unread` takes it. */
const CURRENT = 1;
/** The request was given back: framed, and not taken. */
const UNREAD = 2;

export class RequestFramer implements RequestView {
  bytes: Uint8Array = NO_BYTES;
  offsets: Int32Array = new Int32Array(OFFSETS_MIN);
  count = 0;
  start = 0;
  end = 0;

  readonly #limits: RequestLimits;
  readonly #input: Intake;
  #phase = SEARCHING;
  /** Bytes of the head request that are done with, from the input's `at`: whole arguments only. */
  #scanned = 0;
  #argsLeft = 0;
  #argsDone = 0;
  /** Bytes from `at` in which an unfinished line is known not to end. */
  #searched = 0;
  #lineEnd = 0;
  /** The frame made of an inline request; empty while the request is a multibulk one. */
  #inlineFrame: Uint8Array = NO_BYTES;

  constructor(limits: Partial<RequestLimits> = {}, memory?: FrameMemory) {
    this.#limits = { ...REQUEST_LIMITS, ...limits };
    this.#input = new Intake(undefined, memory);
  }

  get bufferedBytes(): number {
    return this.#input.restBytes - (this.#phase === CURRENT ? this.#scanned : 0);
  }

  /** Brings `chunk[0, length)`, which is borrowed until `keep`. */
  push(chunk: Uint8Array, length = chunk.length): void {
    if (this.#phase === CURRENT) this.#take();
    const before = this.#input.at;
    this.#input.push(chunk, length);
    this.#moved(this.#input.at - before);
  }

  /** True: a whole request is at hand. False: more bytes are needed. */
  next(): boolean {
    if (this.#phase === CURRENT) this.#take();
    else if (this.#phase === UNREAD) return this.#show();
    for (;;) {
      const found = this.#scan();
      if (found === READY) return this.#show();
      if (found === WAIT && !this.#pull()) return false;
    }
  }

  unread(): void {
    if (this.#phase === CURRENT) this.#phase = UNREAD;
  }

  keep(): void {
    if (this.#phase === CURRENT) this.#take();
    const before = this.#input.at;
    this.#input.keep();
    this.#moved(this.#input.at - before);
    this.bytes = NO_BYTES;
    this.count = 0;
  }

  /**
   * Takes the current request and leaves its memory to the caller, if it has memory of its own; it can be read until the
   * next call, and not be given back by `unread`.
   */
  detach(): boolean {
    const isOfInput = this.#phase === CURRENT && this.#inlineFrame.length === 0;
    const isDetached = isOfInput && this.#input.takeWithMemory(this.end);
    if (isDetached) this.#forget();
    return isDetached;
  }

  /** Gives up everything that came: nothing more will be asked for. */
  clear(): void {
    this.#input.clear();
    this.#phase = SEARCHING;
    this.#scanned = this.#searched = this.#argsLeft = this.#argsDone = this.count = 0;
    this.#inlineFrame = this.bytes = NO_BYTES;
  }

  #show(): boolean {
    const { at, bytes } = this.#input;
    const isInline = this.#inlineFrame.length > 0;
    this.bytes = isInline ? this.#inlineFrame : bytes;
    this.start = isInline ? 0 : at;
    this.end = isInline ? this.#inlineFrame.length : at + this.#scanned;
    this.count = this.#argsDone;
    this.#phase = CURRENT;
    return true;
  }

  #take(): void {
    this.#input.take(this.#input.at + this.#scanned);
    this.#forget();
  }

  #forget(): void {
    this.#phase = SEARCHING;
    this.#scanned = 0;
    this.#searched = 0;
    this.#argsDone = 0;
    this.#inlineFrame = NO_BYTES;
    if (this.offsets.length > OFFSETS_KEPT_MAX) this.offsets = new Int32Array(OFFSETS_MIN);
  }

  #pull(): boolean {
    const before = this.#input.at;
    const more = this.#input.pull();
    this.#moved(this.#input.at - before);
    return more;
  }

  /** The head request now lies elsewhere: its offsets follow, an inline request's own frame stays. */
  #moved(byBytes: number): void {
    if (byBytes === 0 || this.#inlineFrame.length > 0) return;
    for (let i = 0; i < 2 * this.#argsDone; i++) this.offsets[i]! += byBytes;
  }

  /** One loop over length lines: the first has the count of arguments, each other one's size. */
  // eslint-disable-next-line complexity -- hot loop: every request byte that matters is read here
  #scan(): number {
    const { bytes, at, limit } = this.#input;
    let position = at + this.#scanned;
    let left = this.#argsLeft;
    let done = this.#argsDone;
    if (position >= limit) return WAIT;
    if (left === 0 && bytes[position] !== STAR) return this.#scanInline();
    let wanted = 0;
    for (;;) {
      const marker = left === 0 ? STAR : DOLLAR;
      const digitsStop = Math.min(limit, position + 1 + PLAIN_DIGITS_MAX);
      let cursor = position + 1;
      let value = 0;
      while (cursor < digitsStop && (bytes[cursor]! - ZERO) >>> 0 < 10) {
        value = value * 10 + (bytes[cursor]! - ZERO);
        cursor++;
      }
      const isPlain =
        cursor + 1 < limit &&
        bytes[cursor] === CR &&
        bytes[cursor + 1] === LF &&
        bytes[position] === marker &&
        (bytes[position + 1] !== ZERO ? cursor > position + 1 : cursor === position + 2) &&
        value <= (left === 0 ? this.#limits.argsMax : this.#limits.bulkBytesMax);
      if (!isPlain) {
        value = this.#readUnusualLength(position, marker);
        if (value < 0) break;
      }
      const lineEnd = isPlain ? cursor + CRLF_BYTES : this.#lineEnd;
      if (left === 0) {
        if (value === 0) return this.#skip(lineEnd);
        left = value;
        position = lineEnd;
        continue;
      }
      const end = lineEnd + value;
      if (end + CRLF_BYTES > limit) {
        wanted = end + CRLF_BYTES - at;
        break;
      }
      if (bytes[end] !== CR || bytes[end + 1] !== LF) throw new ProtocolError(NO_CRLF);
      if (2 * done + 2 > this.offsets.length) this.#growOffsets(done);
      this.offsets[2 * done] = lineEnd;
      this.offsets[2 * done + 1] = end;
      done++;
      left--;
      position = end + CRLF_BYTES;
      if (left === 0) break;
    }
    this.#scanned = position - at;
    this.#argsLeft = left;
    this.#argsDone = done;
    this.#input.wantedBytes = wanted;
    if (Math.max(this.#scanned, wanted) > this.#limits.requestBytesMax)
      throw new ProtocolError('Protocol error: too big request');
    return left === 0 && done > 0 ? READY : WAIT;
  }

  #growOffsets(done: number): void {
    const grown = new Int32Array(this.offsets.length * 2);
    grown.set(this.offsets.subarray(0, 2 * done));
    this.offsets = grown;
  }

  /** Nothing to run: Redis takes an empty request and says nothing. */
  #skip(end: number): number {
    this.#searched = 0;
    this.#input.take(end);
    return AGAIN;
  }

  /** A length line that is cut, wrong, negative or long: -1 to wait, or its value and #lineEnd. */
  #readUnusualLength(start: number, marker: number): number {
    const { bytes, limit } = this.#input;
    const end = this.#findLineEnd(start, CR);
    if (end < 0 && limit - start > this.#limits.inlineBytesMax) {
      const name = marker === STAR ? 'mbulk' : 'bulk';
      throw new ProtocolError(`Protocol error: too big ${name} count string`);
    }
    if (end < 0 || end + 1 >= limit) return -1;
    if (bytes[start] !== marker) {
      const got = String.fromCharCode(bytes[start]!);
      throw new ProtocolError(`Protocol error: expected '$', got '${got}'`);
    }
    const value = this.#checkLength(parseLength(bytes, start + 1, end), marker);
    if (bytes[end + 1] !== LF) throw new ProtocolError(NO_CRLF);
    this.#lineEnd = end + CRLF_BYTES;
    return value;
  }

  /** A negative count means no arguments; a negative size is wrong. */
  #checkLength(value: number, marker: number): number {
    if (marker === STAR && value <= this.#limits.argsMax) return Math.max(value, 0);
    if (marker === DOLLAR && value >= 0 && value <= this.#limits.bulkBytesMax) return value;
    const name = marker === STAR ? 'multibulk' : 'bulk';
    throw new ProtocolError(`Protocol error: invalid ${name} length`);
  }

  #scanInline(): number {
    const { bytes, at, limit } = this.#input;
    const newline = this.#findLineEnd(at, LF);
    if (newline < 0) {
      if (limit - at > this.#limits.inlineBytesMax)
        throw new ProtocolError('Protocol error: too big inline request');
      return WAIT;
    }
    const end = newline > at && bytes[newline - 1] === CR ? newline - 1 : newline;
    const words = splitInline(bytes.subarray(at, end));
    if (words.length === 0) return this.#skip(newline + 1);
    this.#inlineFrame = encodeCommand(words);
    this.#scanned = newline + 1 - at;
    this.#argsDone = this.#offsetsFromEnd(words);
    return READY;
  }

  /** An encoded command ends with its last argument; its other arguments follow from the lengths. */
  #offsetsFromEnd(words: readonly Uint8Array[]): number {
    while (this.offsets.length < 2 * words.length) this.#growOffsets(0);
    let end = this.#inlineFrame.length - CRLF_BYTES;
    for (let i = words.length - 1; i >= 0; i--) {
      const { length } = words[i]!;
      this.offsets[2 * i] = end - length;
      this.offsets[2 * i + 1] = end;
      end -= length + String(length).length + 1 + 2 * CRLF_BYTES;
    }
    return words.length;
  }

  /** Where a line ends, or -1; goes on where the last search for the same line stopped. */
  #findLineEnd(start: number, terminator: number): number {
    const { bytes, at, limit } = this.#input;
    const stop = Math.min(limit, start + this.#limits.inlineBytesMax + 1);
    let position = Math.max(start, at + this.#searched);
    while (position < stop && bytes[position] !== terminator) position++;
    this.#searched = position - at;
    return position < stop ? position : -1;
  }
}

/** Reads a number by the rules of util.c `string2ll`: no plus, no leading zero. NaN: it is none. */
function parseLength(bytes: Uint8Array, start: number, end: number): number {
  const text = latin1(bytes, start, Math.min(end, start + 21));
  if (!/^(?:0|-?[1-9]\d{0,18})$/.test(text)) return NaN;
  return BigInt(text) < INT64_MIN ? NaN : Number(text);
}
