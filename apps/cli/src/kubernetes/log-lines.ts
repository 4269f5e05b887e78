/** Lines of a log that Kubernetes gives with times, each taken once however often it is asked for. */
import { StringDecoder } from 'node:string_decoder';

/** What a line has beyond it is dropped. */
const LINE_LENGTH_MAX = 1024 * 1024;

/** Remembers how far a log was shown: what is not later is left out, and the time is taken off. */
export class LogPosition {
  #at = '';

  /** Of the last line; '' before the first. Times of one container have one form, so they compare as text. */
  get at(): string {
    return this.#at;
  }

  /** The text of those lines that were not taken before. */
  take(lines: readonly string[]): string[] {
    return lines.flatMap((line) => {
      const space = line.indexOf(' ');
      const at = space === -1 ? line : line.slice(0, space);
      if (at <= this.#at) return [];
      this.#at = at;
      return [space === -1 ? '' : line.slice(space + 1)];
    });
  }
}

/** Whole lines, as many as each chunk ends; a last one without its end comes last. */
export async function* wholeLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new StringDecoder('utf8');
  let partial = '';
  for await (const chunk of chunks) {
    const lines = (partial + decoder.write(Buffer.from(chunk))).split('\n');
    partial = (lines.pop() ?? '').slice(0, LINE_LENGTH_MAX);
    if (lines.length > 0) yield lines;
  }
  if (partial !== '') yield [partial];
}
