/** Memory for bytes on their way out, used again and again instead of one allocation per write. */

export class BlockPool {
  readonly blockBytes: number;
  readonly #free: Buffer[] = [];
  readonly #freeMax: number;

  /** Keeps at most `freeMax` idle blocks; what comes back beyond that is left to the garbage collector. */
  constructor(blockBytes: number, freeMax: number) {
    this.blockBytes = blockBytes;
    this.#freeMax = freeMax;
  }

  /** A block, or for something larger than one, memory of its own size. */
  take(bytesMin: number): Buffer {
    if (bytesMin > this.blockBytes) return Buffer.allocUnsafeSlow(bytesMin);
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.blockBytes);
  }

  give(block: Buffer): void {
    if (block.length === this.blockBytes && this.#free.length < this.#freeMax)
      this.#free.push(block);
  }
}

/** Up to here a loop is cheaper than a call into the runtime, which takes about 40 ns whatever the length. */
const LOOP_BYTES_MAX = 24;
const buffers = Buffer.prototype as Buffer;

// eslint-disable-next-line max-params -- once or twice per request: an object for the call would cost more than the copy
export function copyBytes(
  from: Uint8Array,
  start: number,
  end: number,
  to: Uint8Array,
  at: number,
): void {
  if (end - start > LOOP_BYTES_MAX) {
    // A Buffer's own method, and quick for any bytes.
    buffers.copy.call(from, to, at, start, end);
    return;
  }
  let next = at;
  for (let i = start; i < end; i++) to[next++] = from[i]!;
}
