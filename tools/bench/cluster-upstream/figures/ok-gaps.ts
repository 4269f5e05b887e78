/** How long nothing was answered well: from one OK to the next. Pure. */

export type Gap = {
  readonly ms: number;
  /** It began so long behind the start. */
  readonly afterMs: number;
  /** Until the end, no OK came. */
  readonly isOpen: boolean;
};

export class OkGaps {
  readonly #startMs: number;
  #lastMs: number;
  #longest: Gap = { ms: 0, afterMs: 0, isOpen: false };

  /** What it begins with counts as an OK: the load is well when a watch starts. */
  constructor(startMs: number) {
    this.#startMs = startMs;
    this.#lastMs = startMs;
  }

  ok(nowMs: number): void {
    this.#take(nowMs, false);
    this.#lastMs = nowMs;
  }

  longest(endMs: number): Gap {
    this.#take(endMs, true);
    return this.#longest;
  }

  #take(nowMs: number, isOpen: boolean): void {
    const ms = nowMs - this.#lastMs;
    if (ms > this.#longest.ms)
      this.#longest = { ms, afterMs: this.#lastMs - this.#startMs, isOpen };
  }
}
