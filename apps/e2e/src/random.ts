/** Numbers that one seed repeats; a failed run can be run again with it. */
export class Random {
  readonly seed: number;
  #state: number;

  constructor(seed: number) {
    this.seed = seed;
    this.#state = seed;
  }

  /** From the environment, so that a run can be repeated; else a new one. */
  static seedOf(text: string | undefined): number {
    return text === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(text);
  }

  /** A whole number from 0 up to but not including `end`. A step of the mulberry32 generator. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** Another sequence for one part, so that parts do not shift each other's by their timing. */
  fork(index: number): Random {
    return new Random((this.seed + Math.imul(index + 1, 0x9e3779b1)) >>> 0);
  }
}
