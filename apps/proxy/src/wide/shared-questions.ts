/**
 * What many ask at once is asked little: those that ask while a question is under way share the next one, so that there
 * are two at a time at most, however many ask. Each gets what was told after it asked.
 */
type Question<T> = { readonly running: Promise<T>; next: Promise<T> | null };

export class SharedQuestions<T> {
  readonly #questions = new Map<string, Question<T>>();

  /** `about`: what `ask` asks. */
  ask(about: string, ask: () => Promise<T>): Promise<T> {
    const question = this.#questions.get(about);
    if (question === undefined) return this.#start(about, ask);
    const start = (): Promise<T> => this.#start(about, ask);
    question.next ??= question.running.then(start, start);
    return question.next;
  }

  #start(about: string, ask: () => Promise<T>): Promise<T> {
    const running = ask();
    const question: Question<T> = { running, next: null };
    this.#questions.set(about, question);
    const end = (): void => {
      if (question.next === null) this.#questions.delete(about);
    };
    running.then(end, end);
    return running;
  }
}
