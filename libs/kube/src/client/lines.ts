import { StringDecoder } from 'node:string_decoder';
import { Unanswered } from './kube-error.ts';

/** The API server takes objects up to 3 MB; an event holds one. */
const LINE_LENGTH_MAX = 8 * 1024 * 1024;

/** The lines of a body as they come. A last one without its end was cut off, and is no line. */
export async function* linesOf(
  body: AsyncIterable<Uint8Array>,
  tried: string,
): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  let length = 0;
  for await (const chunk of body) {
    const [first, ...others] = decoder.write(Buffer.from(chunk)).split('\n');
    parts.push(first!);
    length += first!.length;
    for (const other of others) {
      const line = parts.join('');
      if (line !== '') yield line;
      parts = [other];
      length = other.length;
    }
    if (length > LINE_LENGTH_MAX) {
      throw new Unanswered(tried, `an event is longer than ${LINE_LENGTH_MAX} characters`);
    }
  }
}
