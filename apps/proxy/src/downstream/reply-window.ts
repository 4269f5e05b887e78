/**
 * How many replies one client may wait for. Each may be as large as a value, and what was sent upstream cannot be
 * called back, so the window is what bounds the memory of a client that does not read: a budget over the size of its
 * replies. It starts small and grows as replies turn out to be small. It looks back: a client whose small replies opened
 * the window can still have asked for that many large ones before the first of them comes.
 */
const START = 32;
const SMOOTHING = 16;

export class ReplyWindow {
  /** Requests that may be pending now. */
  size = START;
  readonly #max: number;
  readonly #budgetBytes: number;
  #averageBytes: number;

  constructor(max: number, budgetBytes: number) {
    this.#max = max;
    this.#budgetBytes = budgetBytes;
    this.#averageBytes = budgetBytes / START;
  }

  /** A large reply counts at once, small ones win it back slowly. */
  note(replyBytes: number): void {
    if (replyBytes >= this.#averageBytes) this.#averageBytes = replyBytes;
    else this.#averageBytes -= (this.#averageBytes - replyBytes) / SMOOTHING;
    this.size = Math.max(
      1,
      Math.min(this.#max, Math.floor(this.#budgetBytes / this.#averageBytes)),
    );
  }
}
