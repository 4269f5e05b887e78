/**
 * The bytes on their way into a framer. A chunk is borrowed from the caller and scanned in place;
 * only a frame that a chunk's end cuts is moved to memory of our own ("held"), and only that frame:
 *
 *   held   [ taken | at ====== pulledAt ------ limit )        the frame's head, then bytes pulled
 *   chunk                     [ ------------- chunkAt ====== )   after it; the rest stays borrowed
 *
 * Once the cut frame is taken, scanning goes on in the chunk right behind it. What was pulled too
 * far is simply read again there, so the pull may guess how much the frame needs.
 *
 * Linear work: a byte is pulled or kept once, moves on growth are paid by doubling, moves on
 * compaction and shrinking by what was taken before them.
 */
import { NO_BYTES } from './bytes.ts';
import { newMemory, type FrameMemory } from './frame-memory.ts';

const MEMORY_BYTES_MIN = 1024;
/** Held memory above this is given back as soon as its frame is taken (Redis keeps 16 KiB too). */
const IDLE_BYTES_MAX = 16 * 1024;
/**
 * Once one in so many of a frame's bytes is here, there is room for all of it: fewer moves than by doubling, and a
 * claimed length still allocates nothing by itself.
 */
const TRUST = 32;
const TRUSTED_BYTES_MAX = 16 * 1024 * 1024;
const PULL_BYTES_MIN = 256;
/** Room after a frame's known need, so that the short arguments after a huge one do not double it. */
const SPARE_BYTES = 1024;

export class Intake {
  /** The memory to scan: bytes[at .. limit). Any call but `take` may move them; `at` moves along. */
  bytes: Uint8Array = NO_BYTES;
  at = 0;
  limit = 0;
  /** How many bytes from `at` the frame at the head is known to need; 0: not known. */
  wantedBytes = 0;

  readonly #idleBytesMax: number;
  readonly #memory: FrameMemory;
  #held: Uint8Array = NO_BYTES;
  #inHeld = false;
  #pulledAt = 0;
  #chunk: Uint8Array = NO_BYTES;
  #chunkAt = 0;
  #chunkEnd = 0;

  constructor(idleBytesMax = IDLE_BYTES_MAX, memory = newMemory) {
    this.#idleBytesMax = idleBytesMax;
    this.#memory = memory;
  }

  /** How many bytes from `at` on are here, pulled or not. */
  get restBytes(): number {
    const present = this.limit - this.at;
    return this.#inHeld ? present + this.#chunkEnd - this.#chunkAt : present;
  }

  /** Brings `chunk[0, length)`. */
  push(chunk: Uint8Array, length = chunk.length): void {
    this.keep();
    this.#chunk = chunk;
    this.#chunkAt = 0;
    this.#chunkEnd = length;
    if (!this.#inHeld) this.#scanChunk();
  }

  /** Moves more of the chunk behind the cut frame; false: there is no more. */
  pull(): boolean {
    if (!this.#inHeld) return false;
    const restBytes = this.#chunkEnd - this.#chunkAt;
    if (restBytes === 0) return false;
    const present = this.limit - this.at;
    // At least as much again as is there: a frame of many arguments takes few pulls.
    const guess = Math.max(this.wantedBytes - present, present, PULL_BYTES_MIN);
    this.#append(Math.min(restBytes, guess));
    return true;
  }

  /** The frame ends at `end`, and the next one starts there. */
  take(end: number): void {
    this.at = end;
    this.wantedBytes = 0;
    if (this.#inHeld) this.#leaveHeld();
  }

  /** Gives up everything that is not taken. */
  clear(): void {
    this.#replaceHeld(NO_BYTES);
    this.#chunk = NO_BYTES;
    this.#chunkAt = this.#chunkEnd = this.#pulledAt = 0;
    this.#inHeld = false;
    this.#scanChunk();
  }

  /**
   * `take`, which leaves the memory of a frame of its own to the caller: false, if the frame is a part of the chunk, or
   * bytes of the next one lie behind it that came before the chunk.
   */
  takeWithMemory(end: number): boolean {
    if (!this.#inHeld || end < this.#pulledAt) return false;
    // Before the take, which would give it back for others to write into.
    this.#held = NO_BYTES;
    this.take(end);
    return true;
  }

  /** Moves what is not taken into held memory, and lets go of the chunk. */
  keep(): void {
    if (!this.#inHeld) {
      this.#chunkAt = this.at;
      this.bytes = this.#held;
      this.at = 0;
      this.limit = 0;
    }
    const restBytes = this.#chunkEnd - this.#chunkAt;
    if (restBytes > 0) this.#append(restBytes);
    this.#chunk = NO_BYTES;
    this.#chunkAt = 0;
    this.#chunkEnd = 0;
    this.#pulledAt = this.limit;
    this.#inHeld = this.limit > this.at;
    if (!this.#inHeld) this.#scanChunk();
  }

  #scanChunk(): void {
    this.bytes = this.#chunk;
    this.at = this.#chunkAt;
    this.limit = this.#chunkEnd;
  }

  #leaveHeld(): void {
    const { at, limit } = this;
    if (at >= this.#pulledAt) {
      this.#inHeld = false;
      this.#chunkAt -= limit - at;
      if (this.#held.length > this.#idleBytesMax) this.#replaceHeld(NO_BYTES);
      this.#scanChunk();
    } else if (this.#held.length > this.#idleBytesMax && (limit - at) * 4 < this.#held.length) {
      this.#moveTo(this.#memory.take(Math.max(limit - at, MEMORY_BYTES_MIN)));
    }
  }

  #append(lengthBytes: number): void {
    this.#reserve(lengthBytes);
    this.#held.set(this.#chunk.subarray(this.#chunkAt, this.#chunkAt + lengthBytes), this.limit);
    this.limit += lengthBytes;
    this.#chunkAt += lengthBytes;
  }

  #reserve(lengthBytes: number): void {
    const capacity = this.#held.length;
    if (this.limit + lengthBytes <= capacity) return;
    const need = this.limit - this.at + lengthBytes;
    if (need * 2 <= capacity) {
      this.#moveTo(this.#held);
      return;
    }
    this.#moveTo(this.#memory.take(Math.max(this.#roomFor(need), MEMORY_BYTES_MIN)));
  }

  #replaceHeld(memory: Uint8Array): void {
    const former = this.#held;
    this.#held = memory;
    if (former !== memory && former.length > 0) this.#memory.give(former);
  }

  /** Doubles towards the known need and not beyond it. */
  #roomFor(needBytes: number): number {
    const wanted = this.wantedBytes >= needBytes ? this.wantedBytes + SPARE_BYTES : Infinity;
    if (wanted <= Math.min(needBytes * TRUST, TRUSTED_BYTES_MAX)) return wanted;
    return Math.max(needBytes, Math.min(this.#held.length * 2, wanted));
  }

  /** Moves the held bytes that are not taken to the start of `memory`. */
  #moveTo(memory: Uint8Array): void {
    const { at, limit } = this;
    if (memory === this.#held) memory.copyWithin(0, at, limit);
    else memory.set(this.#held.subarray(at, limit));
    this.#replaceHeld(memory);
    this.bytes = memory;
    this.at = 0;
    this.limit = limit - at;
    this.#pulledAt -= at;
  }
}
