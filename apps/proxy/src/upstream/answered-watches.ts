/** Who wants to know when what is pending on a connection now is answered, or lost. */
type Watch = { readonly position: number; readonly done: () => void };

export class AnsweredWatches {
  #watches: Watch[] = [];

  get length(): number {
    return this.#watches.length;
  }

  /** `position`: that after the last of what is pending. */
  add(position: number, done: () => void): void {
    this.#watches.push({ position, done });
  }

  /** All before `position` is answered; Infinity: the connection is no more. */
  tell(position: number): void {
    const over = this.#watches.filter((watch) => watch.position <= position);
    this.#watches = this.#watches.filter((watch) => watch.position > position);
    for (const { done } of over) done();
  }
}
