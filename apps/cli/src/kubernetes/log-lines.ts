/** Lines of a log that Kubernetes gives with times, each taken once however often it is asked for. */
import { StringDecoder } from 'node:string_decoder';
import { LogError } from './open-log.ts';

/** What a line has beyond it is dropped. */
const LINE_LENGTH_MAX = 1024 * 1024;

/** Each line of a log begins with its time, as we ask for it. */
const TIME = /^\d{4}-\d\d-\d\dT/;

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

/**
 * What the kubelet cannot read it says in the body of an answer that was a yes, as the whole of it or after what it
 * could read. Such a line has no time, is not shown as one of the log, and is thrown as a LogError.
 */
export async function* linesOfLog(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  for await (const lines of wholeLines(chunks)) {
    const end = lines.findIndex((line) => !TIME.test(line));
    if (end !== 0) yield end === -1 ? lines : lines.slice(0, end);
    if (end !== -1) throw new LogError(lines[end]!, 200);
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
