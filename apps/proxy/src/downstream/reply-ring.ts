/**
 * The replies a client waits for, in the order of its requests. A request reserves the next place; a reply that comes
 * before its turn waits in its place.
 *
 *        head                          tail          (32-bit counters that wrap; index = counter & mask)
 *   -----[ null | reply | null | reply ]-----
 */
const CAPACITY_MIN = 16;

export class ReplyRing {
  head = 0;
  tail = 0;
  /** Bytes of replies that wait for their turn. */
  bytes = 0;
  #replies = new Array<Uint8Array | null>(CAPACITY_MIN).fill(null);

  get length(): number {
    return (this.tail - this.head) | 0;
  }

  /** The place of the next request, a 32-bit integer. */
  reserve(): number {
    if (this.length === this.#replies.length) this.#grow();
    const token = this.tail;
    this.tail = (token + 1) | 0;
    return token;
  }

  /** The head's reply came in its turn and is passed on without being kept. */
  pass(): void {
    this.head = (this.head + 1) | 0;
  }

  /** `reply` must be memory of its own. */
  put(token: number, reply: Uint8Array): void {
    this.#replies[token & (this.#replies.length - 1)] = reply;
    this.bytes += reply.length;
  }

  /** The head's reply, which leaves the ring; null while it has none. */
  shift(): Uint8Array | null {
    if (this.head === this.tail) return null;
    const at = this.head & (this.#replies.length - 1);
    const reply = this.#replies[at]!;
    if (reply === null) return null;
    this.#replies[at] = null;
    this.bytes -= reply.length;
    this.head = (this.head + 1) | 0;
    return reply;
  }

  #grow(): void {
    const old = this.#replies;
    this.#replies = new Array<Uint8Array | null>(old.length * 2).fill(null);
    for (let n = this.head; n !== this.tail; n = (n + 1) | 0) {
      this.#replies[n & (this.#replies.length - 1)] = old[n & (old.length - 1)]!;
    }
  }
}
