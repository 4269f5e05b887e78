/** What another process was asked and has not answered yet. */
export class Questions<Answer> {
  readonly #waiting = new Map<number, (answer: Answer | null) => void>();
  #lastId = 0;

  /** `send` asks under that id. Resolves with null when it is given up. */
  ask(send: (id: number) => void): Promise<Answer | null> & { readonly id: number } {
    const id = ++this.#lastId;
    const answered = new Promise<Answer | null>((resolve) => this.#waiting.set(id, resolve));
    send(id);
    return Object.assign(answered, { id });
  }

  answer(id: number, answer: Answer | null): void {
    const take = this.#waiting.get(id);
    this.#waiting.delete(id);
    take?.(answer);
  }

  giveUp(): void {
    for (const id of [...this.#waiting.keys()]) this.answer(id, null);
  }
}
