/** CLIENT REPLY: which replies of a client are dropped instead of sent. */
export class MutedReplies {
  readonly #tokens = new Set<number>();
  /** Requests that are still to come. */
  #coming = 0;

  /** The replies of the next `count` requests; Infinity: of all, until it is 0. */
  mute(count: number): void {
    if (this.#coming !== Infinity || count === 0) this.#coming = count;
  }

  /** A request was made. False: nothing is muted any more. */
  note(token: number): boolean {
    if (this.#coming === 0) return false;
    this.#coming--;
    this.#tokens.add(token);
    return true;
  }

  has(token: number): boolean {
    return this.#tokens.has(token);
  }

  take(token: number): boolean {
    return this.#tokens.delete(token);
  }
}
