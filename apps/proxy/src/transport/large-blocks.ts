/**
 * Memory for large requests and replies, used again: sizes are powers of two, so that it fits the next one too. New memory
 * for each SET of 1 MB made the garbage collector take half of the proxy's CPU time.
 */
import type { FrameMemory } from '@keyfleet/resp';

const LARGEST_BYTES = 16 * 1024 * 1024;

export class LargeBlocks implements FrameMemory {
  /** By the power of two. */
  readonly #free: Uint8Array[][] = Array.from({ length: 32 }, () => []);
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
    if (bytesMin < this.#smallestBytes || bytesMin > LARGEST_BYTES)
      return Buffer.allocUnsafeSlow(bytesMin);
    const power = 32 - Math.clz32(bytesMin - 1);
    const free = this.#free[power]!.pop();
    if (free === undefined) return Buffer.allocUnsafeSlow(2 ** power);
    this.#freeBytes -= free.length;
    return free;
  }

  give(memory: Uint8Array): void {
    const { length } = memory;
    const isOurs =
      length >= this.#smallestBytes && length <= LARGEST_BYTES && (length & (length - 1)) === 0;
    if (!isOurs || this.#freeBytes + length > this.#freeBytesMax) return;
    this.#free[31 - Math.clz32(length)]!.push(memory);
    this.#freeBytes += length;
  }
}
