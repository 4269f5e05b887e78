/** Wakes one waiting loop. What was fired while nobody waited is not lost; at most one waits, so nothing piles up. */
export class Nudge {
  #waiting: (() => void) | undefined;
  #isFired = false;

  fire(): void {
    this.#isFired = true;
    this.#waiting?.();
  }

  async next(): Promise<void> {
    this.#waiting?.();
    if (!this.#isFired) await new Promise<void>((resolve) => (this.#waiting = resolve));
    this.#isFired = false;
    this.#waiting = undefined;
  }
}
