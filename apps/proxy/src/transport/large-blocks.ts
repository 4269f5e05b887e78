/**
 * Memory for large requests and replies, used again: sizes go in steps of a quarter of a power of two (4, 5, 6 and 7 times
 * 2^n), so that it fits the next one too and at most a fifth is left over. New memory for each SET of 1 MB made the garbage
 * collector take half of the proxy's CPU time.
 */
import type { FrameMemory } from '@keyfleet/resp';

const LARGEST_BYTES = 16 * 1024 * 1024;

export class LargeBlocks implements FrameMemory {
  /** By size in bytes. */
  readonly #free = new Map<number, Uint8Array[]>();
  readonly #smallestBytes: number;
  readonly #freeBytesMax: number;
  #freeBytes = 0;

  /** Keeps memory from `smallestBytes` on, at most `freeBytesMax` of it; the rest is left to the garbage collector. */
  constructor(smallestBytes: number, freeBytesMax: number) {
    this.#smallestBytes = smallestBytes;
    this.#freeBytesMax = freeBytesMax;
  }

  /** What is small, or larger than is ever kept, gets memory of its own size. */
  take(bytesMin: number): Uint8Array {
    if (!this.#keeps(bytesMin)) return Buffer.allocUnsafeSlow(bytesMin);
    const bytes = steppedSize(bytesMin);
    const free = this.#free.get(bytes)?.pop();
    if (free === undefined) return Buffer.allocUnsafeSlow(bytes);
    this.#freeBytes -= bytes;
    return free;
  }

  give(memory: Uint8Array): void {
    const { length } = memory;
    if (!this.#keeps(length) || steppedSize(length) !== length) return;
    if (this.#freeBytes + length > this.#freeBytesMax) return;
    const free = this.#free.get(length);
    if (free === undefined) this.#free.set(length, [memory]);
    else free.push(memory);
    this.#freeBytes += length;
  }

  #keeps(bytes: number): boolean {
    return bytes >= this.#smallestBytes && bytes <= LARGEST_BYTES;
  }
}

/** The least of 4, 5, 6, 7 times 2^n that is at least `bytes`; `bytes` is at least 5. */
function steppedSize(bytes: number): number {
  const step = 2 ** (29 - Math.clz32(bytes - 1));
  return Math.ceil(bytes / step) * step;
}
