/**
 * The replies a client waits for, in the order of its requests. A request reserves the next place; a reply that comes
 * before its turn waits in its place, which is a range of a stash: a reply costs no object.
 *
 *        head                          tail          (32-bit counters that wrap; index = counter & mask)
 *   -----[ null | range | null | range ]-----
 *                   |              |
 *   stash  [ reply before its turn | reply before its turn | ... ]    given back when its last reply has left
 */
import { copyBytes, type BlockPool } from '../transport/blocks.ts';
import type { Outbox } from './outbox.ts';

const CAPACITY_MIN = 16;
const NO_RANGES = new Int32Array();

type Stash = {
  readonly bytes: Buffer;
  used: number;
  /** Replies in it. */
  open: number;
};

export class ReplyRing {
  head = 0;
  tail = 0;
  /** Bytes of replies that wait for their turn. */
  bytes = 0;
  /** The place of what `putPush` took last. */
  #lastPush = -1;
  readonly #pool: BlockPool;
  #mask = CAPACITY_MIN - 1;
  /** Made with the first reply that comes before its turn: most clients never see one. */
  #stashes: (Stash | null)[] | null = null;
  #ranges = NO_RANGES;
  #stash: Stash | null = null;

  constructor(pool: BlockPool) {
    this.#pool = pool;
  }

  get length(): number {
    return (this.tail - this.head) | 0;
  }

  /** The place of the next request, a 32-bit integer. */
  reserve(): number {
    if (this.length > this.#mask) this.#grow();
    const token = this.tail;
    this.tail = (token + 1) | 0;
    return token;
  }

  /** The head's reply came in its turn and is passed on without being kept. */
  pass(): void {
    this.head = (this.head + 1) | 0;
  }

  /** Keeps a copy of the reply `bytes[start, end)` until its turn comes. */
  put(token: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#stashes === null) this.#makePlaces();
    const length = end - start;
    const stash = this.#stashWith(length);
    copyBytes(bytes, start, end, stash.bytes, stash.used);
    const at = token & this.#mask;
    this.#stashes![at] = stash;
    this.#ranges[2 * at] = stash.used;
    stash.used += length;
    this.#ranges[2 * at + 1] = stash.used;
    stash.open++;
    this.bytes += length;
  }

  /** The same for something that is no reply, behind all that is pending. */
  putPush(bytes: Uint8Array): void {
    this.#lastPush = this.reserve();
    this.put(this.#lastPush, bytes, 0, bytes.length);
  }

  /** What `putPush` took waits. */
  get hasPush(): boolean {
    return (this.#lastPush - this.head) >>> 0 < this.length;
  }

  /** Moves the replies whose turn it is into `outbox`. */
  passInto(outbox: Outbox): void {
    if (this.#stashes === null) return;
    while (this.head !== this.tail) {
      const at = this.head & this.#mask;
      const stash = this.#stashes[at]!;
      if (stash === null) return;
      const start = this.#ranges[2 * at]!;
      const end = this.#ranges[2 * at + 1]!;
      outbox.append(stash.bytes, start, end);
      this.#stashes[at] = null;
      this.head = (this.head + 1) | 0;
      this.bytes -= end - start;
      if (--stash.open === 0) this.#release(stash);
    }
  }

  /** Drops what waits, and all places. */
  clear(): void {
    this.head = this.tail;
    this.bytes = 0;
    this.#stashes = this.#stash = null;
    this.#ranges = NO_RANGES;
  }

  #stashWith(length: number): Stash {
    const stash = this.#stash;
    if (stash !== null && stash.used + length <= stash.bytes.length) return stash;
    this.#stash = { bytes: this.#pool.take(length), used: 0, open: 0 };
    return this.#stash;
  }

  #release(stash: Stash): void {
    this.#pool.give(stash.bytes);
    if (stash === this.#stash) this.#stash = null;
  }

  #makePlaces(): void {
    this.#stashes = new Array<Stash | null>(this.#mask + 1).fill(null);
    this.#ranges = new Int32Array(2 * (this.#mask + 1));
  }

  #grow(): void {
    const former = { mask: this.#mask, stashes: this.#stashes, ranges: this.#ranges };
    this.#mask = 2 * this.#mask + 1;
    if (former.stashes === null) return;
    this.#makePlaces();
    for (let n = this.head; n !== this.tail; n = (n + 1) | 0) {
      const from = n & former.mask;
      const to = n & this.#mask;
      this.#stashes![to] = former.stashes[from]!;
      this.#ranges[2 * to] = former.ranges[2 * from]!;
      this.#ranges[2 * to + 1] = former.ranges[2 * from + 1]!;
    }
  }
}
