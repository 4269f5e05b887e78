/**
 * Replies on their way to one client, gathered until they are flushed. A small block does for most; what outgrows it moves
 * to a large one, and to further large ones.
 */
import { copyBytes, type BlockPool } from '../transport/blocks.ts';
import type { Connection } from '../transport/transport.ts';

/** How long replies wait for those behind them. (GET P16: 0.088 writes per request instead of 0.113, 10 % less CPU.) */
const PARTIAL_TURNS_MAX = 2;
const PARTIAL_BYTES_MAX = 16 * 1024;

export type ReplyBlocks = { readonly small: BlockPool; readonly large: BlockPool };

type Full = { readonly block: Uint8Array; readonly used: number; readonly isKept: boolean };

export class Outbox {
  readonly #blocks: ReplyBlocks;
  #block: Buffer | null = null;
  #used = 0;
  #full: Full[] | null = null;
  #fullBytes = 0;
  #waitedTurns = 0;

  constructor(blocks: ReplyBlocks) {
    this.#blocks = blocks;
  }

  /** Bytes that wait for the flush. */
  get waitingBytes(): number {
    return this.#fullBytes + this.#used;
  }

  /** More would make the write no better. */
  get isWorthWrite(): boolean {
    return this.waitingBytes >= PARTIAL_BYTES_MAX;
  }

  /** The rest of a pipeline's replies is likely to come within the next turns: then one write does for all. */
  mayWait(isPartial: boolean): boolean {
    if (!isPartial || this.isWorthWrite || this.#waitedTurns === PARTIAL_TURNS_MAX) {
      this.#waitedTurns = 0;
      return false;
    }
    this.#waitedTurns++;
    return true;
  }

  /** Takes all `bytes`; without a copy, if whoever has them keeps them as they are. */
  appendWhole(bytes: Uint8Array, isKept: boolean): void {
    if (!isKept) return this.append(bytes, 0, bytes.length);
    this.#retireBlock();
    this.#full ??= [];
    this.#full.push({ block: bytes, used: bytes.length, isKept: true });
    this.#fullBytes += bytes.length;
  }

  /** Takes a copy of `bytes[start, end)`. */
  append(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.#block === null || this.#used + length > this.#block.length) this.#makeRoom(length);
    copyBytes(bytes, start, end, this.#block!, this.#used);
    this.#used += length;
  }

  flush(connection: Connection): void {
    if (this.#full !== null) {
      for (const { block, used, isKept } of this.#full) connection.write(block, 0, used, isKept);
    }
    if (this.#block !== null) connection.write(this.#block, 0, this.#used);
    this.clear();
  }

  /** Drops everything. */
  clear(): void {
    if (this.#full !== null) {
      for (const { block, isKept } of this.#full) if (!isKept) this.#give(block as Buffer);
    }
    this.#full = null;
    this.#fullBytes = 0;
    if (this.#block !== null) this.#give(this.#block);
    this.#block = null;
    this.#used = 0;
  }

  #makeRoom(length: number): void {
    const { small, large } = this.#blocks;
    const former = this.#block;
    if (former === null && length <= small.blockBytes) {
      this.#block = small.take(length);
    } else if (former !== null && this.#used + length <= large.blockBytes) {
      this.#block = large.take(length);
      copyBytes(former, 0, this.#used, this.#block, 0);
      this.#give(former);
    } else {
      this.#retireBlock();
      this.#block = large.take(length);
    }
  }

  #retireBlock(): void {
    if (this.#block === null) return;
    this.#full ??= [];
    this.#full.push({ block: this.#block, used: this.#used, isKept: false });
    this.#fullBytes += this.#used;
    this.#block = null;
    this.#used = 0;
  }

  #give(block: Buffer): void {
    const { small, large } = this.#blocks;
    (block.length === small.blockBytes ? small : large).give(block);
  }
}
