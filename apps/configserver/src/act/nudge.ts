/** Wakes one loop early. At most one waits, so nothing piles up; what is fired while it is busy is not lost. */
export class Nudge {
  #waiting: (() => void) | undefined;
  #isFired = false;

  fire(): void {
    this.#isFired = true;
    this.#waiting?.();
  }

  /** Called before the loop looks: all that was fired until now is in what it will see. */
  clear(): void {
    this.#isFired = false;
  }

  /** Resolves when it was fired since it was cleared. An earlier call that nobody waits for any more is let go. */
  async next(): Promise<void> {
    this.#waiting?.();
    if (this.#isFired) return;
    await new Promise<void>((resolve) => (this.#waiting = resolve));
  }
}
