/** Replies on their way to one client: gathered in blocks during a turn of the event loop, written at its end. */
import { copyBytes, type BlockPool } from '../transport/blocks.ts';
import type { Connection } from '../transport/transport.ts';

export class Outbox {
  readonly #pool: BlockPool;
  #block: Buffer | null = null;
  #used = 0;
  #full: { block: Buffer; used: number }[] = [];
  #fullBytes = 0;

  constructor(pool: BlockPool) {
    this.#pool = pool;
  }

  /** Bytes that wait for the end of the turn. */
  get waitingBytes(): number {
    return this.#fullBytes + this.#used;
  }

  /** Takes a copy of `bytes[start, end)`. */
  append(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.#block === null || this.#used + length > this.#block.length) this.#makeRoom(length);
    copyBytes(bytes, start, end, this.#block!, this.#used);
    this.#used += length;
  }

  flush(connection: Connection): void {
    if (this.#full.length > 0) return this.#flushAll(connection);
    const block = this.#block;
    if (block === null) return;
    connection.write(block.subarray(0, this.#used));
    this.#block = null;
    this.#used = 0;
    if (connection.unsentBytes === 0) this.#pool.give(block);
  }

  /** Drops everything, for a client that is gone. */
  clear(): void {
    if (this.#block !== null) this.#pool.give(this.#block);
    this.#block = null;
    this.#used = 0;
    this.#full = [];
    this.#fullBytes = 0;
  }

  #makeRoom(length: number): void {
    this.#retireBlock();
    this.#block = this.#pool.take(length);
  }

  #retireBlock(): void {
    if (this.#block === null) return;
    this.#full.push({ block: this.#block, used: this.#used });
    this.#fullBytes += this.#used;
    this.#block = null;
    this.#used = 0;
  }

  #flushAll(connection: Connection): void {
    this.#retireBlock();
    connection.cork();
    for (const { block, used } of this.#full) connection.write(block.subarray(0, used));
    connection.uncork();
    if (connection.unsentBytes === 0) this.#full.forEach(({ block }) => this.#pool.give(block));
    this.#full = [];
    this.#fullBytes = 0;
  }
}
