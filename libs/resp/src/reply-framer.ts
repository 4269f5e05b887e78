/**
 * Finds whole RESP2 and RESP3 replies in the bytes of a server, without decoding or copying them.
 * What is open is data: `#left[d]` counts the elements that the aggregate at depth d still wants, and
 * `#left[0]` the reply itself. So a cut anywhere resumes where it was, and nesting uses no call stack.
 */
import { CR, CRLF_BYTES, LF, NO_BYTES, ZERO, latin1 } from './bytes.ts';
import type { FrameMemory } from './frame-memory.ts';
import { Intake } from './intake.ts';
import { ProtocolError } from './protocol-error.ts';
import { REPLY_LIMITS, type ReplyLimits } from './reply-limits.ts';
import {
  LAYOUTS,
  LAYOUT_ATTRIBUTE,
  LAYOUT_BLOB,
  LAYOUT_ITEMS,
  LAYOUT_LINE,
  isNullLength,
  unknownTypeText,
  wrongLengthText,
} from './reply-types.ts';

/** Digits that the scan reads by itself: 999,999,999 stays a small integer. */
const PLAIN_DIGITS_MAX = 9;
/** A length line without its end after this many bytes has no number in range. */
const LENGTH_LINE_BYTES_MAX = 32;
/** What is answered instead of a length or a position. */
const NULL = -1;
/** Levels that there is memory for at first: deeper ones are rare, and a framer that met one keeps what it needed. */
const USUAL_DEPTH = 16;
const CUT = -2;
const NO_CRLF = 'Cannot read reply: got other bytes where CRLF has to be';

export class ReplyFramer {
  bytes: Uint8Array = NO_BYTES;
  start = 0;
  end = 0;
  /** The first byte of the reply behind its attributes. */
  type = 0;
  /** Bytes of the reply at hand that are still to come: `nextPart` brings them. */
  partLeftBytes = 0;

  readonly #limits: ReplyLimits;
  readonly #input: Intake;
  #left = new Float64Array(USUAL_DEPTH);
  #depth = 0;
  #type = 0;
  #isCurrent = false;
  #isBroken = false;
  /** Bytes of the head reply that are done with, from the input's `at`: whole elements only. */
  #scanned = 0;
  /** Bytes from `at` in which an unfinished line is known not to end. */
  #searched = 0;
  #lineEnd = 0;

  constructor(limits: Partial<ReplyLimits> = {}, memory?: FrameMemory) {
    this.#limits = { ...REPLY_LIMITS, ...limits };
    this.#input = new Intake(this.#limits.idleBytesMax, memory);
    this.#left[0] = 1;
  }

  get bufferedBytes(): number {
    return this.#input.restBytes - (this.#isCurrent ? this.#scanned : 0);
  }

  /** Brings `chunk[0, length)`, which is borrowed until `keep`. */
  push(chunk: Uint8Array, length = chunk.length): void {
    if (this.#isCurrent) this.#take();
    this.#input.push(chunk, length);
  }

  /** True: a whole reply is at hand, until the next call. False: more bytes are needed. */
  next(): boolean {
    if (this.#isCurrent) this.#take();
    for (;;) {
      if (this.#scan()) return this.#show();
      if (!this.#input.pull()) return false;
    }
  }

  /**
   * After a `next` that was false: takes what is here of the reply at the head as its first part, if the rest is known to
   * be one blob and at least `bytesMin` long together with it. The other parts come by `nextPart`.
   */
  firstPart(bytesMin: number): boolean {
    const { wantedBytes } = this.#input;
    if (wantedBytes < bytesMin || wantedBytes === 0 || this.#depth > 0 || this.#scanned > 0)
      return false;
    this.partLeftBytes = wantedBytes;
    return this.nextPart();
  }

  /** The next part of a reply that began with `firstPart`; false: more bytes are needed. */
  nextPart(): boolean {
    if (this.#isCurrent) this.#take();
    const { at, bytes, limit } = this.#input;
    const length = Math.min(limit - at, this.partLeftBytes);
    if (length === 0) return false;
    this.bytes = bytes;
    this.start = at;
    this.end = at + length;
    this.#scanned = length;
    this.#isCurrent = true;
    // Only then: a reply that ends wrongly stays one of which a part is missing.
    this.#checkPartEnd(this.partLeftBytes - length);
    this.partLeftBytes -= length;
    return true;
  }

  keep(): void {
    if (this.#isCurrent) this.#take();
    this.#input.keep();
    this.bytes = NO_BYTES;
  }

  /** The last two bytes of a blob are CRLF, wherever it was cut. */
  #checkPartEnd(leftBytes: number): void {
    const { bytes, end } = this;
    if (leftBytes > 1) return;
    const crAt = end - 2 + leftBytes;
    const isBroken =
      (crAt >= this.start && bytes[crAt] !== CR) || (leftBytes === 0 && bytes[end - 1] !== LF);
    if (isBroken) throw new ProtocolError(NO_CRLF);
  }

  #show(): boolean {
    this.bytes = this.#input.bytes;
    this.start = this.#input.at;
    this.end = this.start + this.#scanned;
    this.type = this.#type;
    this.#isCurrent = true;
    return true;
  }

  #take(): void {
    this.#input.take(this.#input.at + this.#scanned);
    this.#isCurrent = false;
    this.#scanned = 0;
    this.#searched = 0;
    this.#left[0] = 1;
  }

  /** Goes over elements until the reply is whole (true) or its bytes are at an end. */
  // eslint-disable-next-line complexity -- hot loop: every element of every reply passes here
  #scan(): boolean {
    // An error leaves this set: behind it no byte can be told to be the start of anything.
    if (this.#isBroken) throw new ProtocolError('Cannot read reply: the stream is broken');
    this.#isBroken = true;
    const { bytes, at, limit } = this.#input;
    let left = this.#left;
    let position = at + this.#scanned;
    let depth = this.#depth;
    this.#input.wantedBytes = 0;
    while (position < limit && left[0]! + depth > 0) {
      const type = bytes[position]!;
      const layout = LAYOUTS[type]!;
      if (depth === 0 && layout !== LAYOUT_ATTRIBUTE) this.#type = type;
      if (layout >= LAYOUT_ITEMS) {
        const count = this.#readLength(position);
        if (count === CUT) break;
        position = this.#lineEnd;
        depth = this.#open(depth, type, count);
        left = this.#left;
      } else {
        const end =
          layout === LAYOUT_LINE ? this.#findLineEnd(position) : this.#findBlobEnd(position);
        if (end === CUT) break;
        position = end;
        left[depth]!--;
      }
      while (depth > 0 && left[depth] === 0) depth--;
    }
    this.#scanned = position - at;
    this.#depth = depth;
    if (Math.max(this.#scanned, this.#input.wantedBytes) > this.#limits.replyBytesMax)
      throw new ProtocolError('Cannot read reply: it is longer than the limit on replies');
    this.#isBroken = false;
    return left[0] === 0 && depth === 0;
  }

  /** Takes an aggregate's place in its parent and opens it, if it has elements. */
  #open(depth: number, type: number, length: number): number {
    const layout = LAYOUTS[type]!;
    const elements = layout === LAYOUT_ITEMS ? length : length * 2;
    if (elements > this.#limits.elementsMax) throw new ProtocolError(wrongLengthText(type, length));
    if (layout !== LAYOUT_ATTRIBUTE) this.#left[depth]!--;
    if (elements <= 0) return depth;
    if (depth === this.#limits.depthMax)
      throw new ProtocolError(`Cannot read reply: it is nested more than ${depth} levels deep`);
    if (depth + 1 === this.#left.length) this.#deepen();
    this.#left[depth + 1] = elements;
    return depth + 1;
  }

  #deepen(): void {
    const deeper = new Float64Array(2 * this.#left.length);
    deeper.set(this.#left);
    this.#left = deeper;
  }

  /** The position behind a line, or CUT; goes on where the last search for the same line stopped. */
  #findLineEnd(start: number): number {
    const { bytes, at, limit } = this.#input;
    let position = Math.max(start + 1, at + this.#searched);
    while (position < limit && bytes[position] !== CR) position++;
    this.#searched = position - at;
    if (position - start - 1 > this.#limits.bulkBytesMax)
      throw new ProtocolError('Cannot read reply: its line is longer than the limit on bulks');
    if (position + 1 >= limit) return CUT;
    if (bytes[position + 1] !== LF) throw new ProtocolError(NO_CRLF);
    return position + CRLF_BYTES;
  }

  /** The position behind a length and the bytes it announces, or CUT. */
  #findBlobEnd(start: number): number {
    const { bytes, at, limit } = this.#input;
    const type = bytes[start]!;
    if (LAYOUTS[type] !== LAYOUT_BLOB) throw new ProtocolError(unknownTypeText(type));
    const length = this.#readLength(start);
    if (length === CUT) return CUT;
    if (length === NULL) return this.#lineEnd;
    if (length > this.#limits.bulkBytesMax) throw new ProtocolError(wrongLengthText(type, length));
    const end = this.#lineEnd + length + CRLF_BYTES;
    if (end > limit) {
      this.#input.wantedBytes = end - at;
      return CUT;
    }
    if (bytes[end - 2] !== CR || bytes[end - 1] !== LF) throw new ProtocolError(NO_CRLF);
    return end;
  }

  /** The number behind a type byte and #lineEnd, or NULL, or CUT. */
  #readLength(start: number): number {
    const { bytes, limit } = this.#input;
    const digitsStop = Math.min(limit, start + 1 + PLAIN_DIGITS_MAX);
    let cursor = start + 1;
    let value = 0;
    while (cursor < digitsStop && (bytes[cursor]! - ZERO) >>> 0 < 10) {
      value = value * 10 + (bytes[cursor]! - ZERO);
      cursor++;
    }
    const isPlain = cursor + 1 < limit && bytes[cursor] === CR && bytes[cursor + 1] === LF;
    if (!isPlain || cursor === start + 1) return this.#readUnusualLength(start);
    this.#lineEnd = cursor + CRLF_BYTES;
    return value;
  }

  /** The same for a line that is cut, null, wrong or of many digits. */
  #readUnusualLength(start: number): number {
    const { bytes, limit } = this.#input;
    const stop = Math.min(limit, start + LENGTH_LINE_BYTES_MAX);
    let end = start + 1;
    while (end < stop && bytes[end] !== CR) end++;
    const type = bytes[start]!;
    const text = latin1(bytes, start + 1, end);
    if (end === stop && stop < limit) throw new ProtocolError(wrongLengthText(type, text));
    if (end + 1 >= limit) return CUT;
    if (bytes[end + 1] !== LF) throw new ProtocolError(NO_CRLF);
    this.#lineEnd = end + CRLF_BYTES;
    if (isNullLength(type, text)) return NULL;
    if (!/^\d{1,15}$/.test(text)) throw new ProtocolError(wrongLengthText(type, text));
    return Number(text);
  }
}
