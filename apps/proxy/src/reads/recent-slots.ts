/**
 * Which slots a client wrote to (or read from replicas) just now, in the order of its requests: pending ones, and for a
 * while those that were answered.
 *
 *        head              settled             tail      (counters that only grow; index = counter & mask)
 *   -----[ answered, recent ][ not known answered ]-----
 *
 * A reply's place in the client's ring (`token`, 32 bits that wrap) tells what is answered: all before the ring's head.
 */

/** Stands for all slots. */
export const ALL_SLOTS = -1;
const CAPACITY_MIN = 16;
/** More at a time are taken together for all slots: then the answer errs on the side of the primary. */
const COUNT_MAX = 4096;

export class RecentSlots {
  #head = 0;
  #settled = 0;
  #tail = 0;
  #mask = CAPACITY_MIN - 1;
  #tokens = new Int32Array(CAPACITY_MIN);
  #slots = new Int16Array(CAPACITY_MIN);
  #untilMs = new Float64Array(CAPACITY_MIN);

  get isEmpty(): boolean {
    return this.#head === this.#tail;
  }

  /** Something is not known to be answered. */
  get isUnsettled(): boolean {
    return this.#settled !== this.#tail;
  }

  /** The request at `token`, the newest of the client, concerns `slot`, or ALL_SLOTS. */
  note(slot: number, token: number): void {
    const last = (this.#tail - 1) & this.#mask;
    if (this.isUnsettled && this.#slots[last] === slot) {
      this.#tokens[last] = token;
      return;
    }
    if (this.#tail - this.#head === COUNT_MAX) {
      this.#head = this.#settled = this.#tail;
      slot = ALL_SLOTS;
    } else if (this.#tail - this.#head > this.#mask) this.#grow();
    const at = this.#tail++ & this.#mask;
    this.#tokens[at] = token;
    this.#slots[at] = slot;
  }

  /** What is answered, all before `answeredTo`, counts until `untilMs`; what counted until `nowMs` is forgotten. */
  settle(answeredTo: number, nowMs: number, untilMs: number): void {
    const mask = this.#mask;
    while (
      this.#settled !== this.#tail &&
      ((this.#tokens[this.#settled & mask]! - answeredTo) | 0) < 0
    )
      this.#untilMs[this.#settled++ & mask] = untilMs;
    while (this.#head !== this.#settled && this.#untilMs[this.#head & mask]! <= nowMs) this.#head++;
  }

  has(slot: number): boolean {
    const mask = this.#mask;
    for (let n = this.#head; n !== this.#tail; n++) {
      const noted = this.#slots[n & mask]!;
      if (noted === slot || noted === ALL_SLOTS) return true;
    }
    return false;
  }

  #grow(): void {
    const from = this.#mask;
    const to = 2 * from + 1;
    const [tokens, slots, untilMs] = [this.#tokens, this.#slots, this.#untilMs];
    this.#tokens = new Int32Array(to + 1);
    this.#slots = new Int16Array(to + 1);
    this.#untilMs = new Float64Array(to + 1);
    for (let n = this.#head; n < this.#tail; n++) {
      this.#tokens[n & to] = tokens[n & from]!;
      this.#slots[n & to] = slots[n & from]!;
      this.#untilMs[n & to] = untilMs[n & from]!;
    }
    this.#mask = to;
  }
}
