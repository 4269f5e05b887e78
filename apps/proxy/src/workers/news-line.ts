/**
 * News on their way to one process, which may take them slowly or not at all. What is too much is dropped, and with it
 * all that comes until the line is free; that something was dropped is told in its place.
 */
import type { News } from './processes.ts';

/** As much as a monitor may have unread. */
const UNSENT_BYTES_MAX = 8 * 1024 * 1024;

type SendNews = (news: News, onSent: () => void) => void;

export class NewsLine {
  #unsentBytes = 0;
  #isCut = false;

  /** `send` calls `onSent` when the kernel has it. False: it was dropped, and nothing was before. */
  post(news: News, send: SendNews): boolean {
    if (this.#isCut) return true;
    const bytes = news.lines?.length ?? 0;
    this.#isCut = this.#unsentBytes + bytes > UNSENT_BYTES_MAX;
    if (this.#isCut) {
      this.#give({ ...news, lines: null }, 0, send);
      return false;
    }
    this.#give(news, bytes, send);
    return true;
  }

  #give(news: News, bytes: number, send: SendNews): void {
    this.#unsentBytes += bytes;
    send(news, () => {
      this.#unsentBytes -= bytes;
      if (this.#unsentBytes === 0) this.#isCut = false;
    });
  }
}
