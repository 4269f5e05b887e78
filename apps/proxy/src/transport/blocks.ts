/** Blocks of memory for bytes on their way out, used again and again instead of one allocation per write. */

export const BLOCK_BYTES = 16 * 1024;

export class BlockPool {
  readonly #free: Buffer[] = [];
  readonly #freeMax: number;

  /** Keeps at most `freeMax` idle blocks; what comes back beyond that is left to the garbage collector. */
  constructor(freeMax: number) {
    this.#freeMax = freeMax;
  }

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
  }

  give(block: Buffer): void {
    if (block.length === BLOCK_BYTES && this.#free.length < this.#freeMax) this.#free.push(block);
  }
}
