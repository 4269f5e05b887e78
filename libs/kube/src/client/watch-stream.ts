/** The body of a watch: one JSON object a line. */
import { StringDecoder } from 'node:string_decoder';
import { KubeError, Refused, Unanswered } from './kube-error.ts';
import type { KubeObject } from './kube-object.ts';

/** The API server takes objects up to 3 MB; an event holds one. */
const LINE_LENGTH_MAX = 8 * 1024 * 1024;

/** Of a bookmark only the resourceVersion is there. */
export type WatchEvent = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: KubeObject;
};

/** Ends where the body ends. What the server refuses in it, and that it was cut off, is a `KubeError`. */
export async function* eventsOf(
  body: AsyncIterable<Uint8Array>,
  tried: string,
): AsyncGenerator<WatchEvent> {
  try {
    for await (const line of linesOf(body)) yield parsed(line, tried);
  } catch (error) {
    if (error instanceof KubeError) throw error;
    throw new Unanswered(tried, `the answer broke off: ${String(error)}`, error);
  }
}

function parsed(line: string, tried: string): WatchEvent {
  const event = JSON.parse(line) as WatchEvent | { type: 'ERROR'; object: { code?: number } };
  if (event.type === 'ERROR') throw new Refused(tried, event.object.code ?? 500, event.object);
  if (typeof event.object.metadata !== 'object') throw new Error('an event without metadata');
  return event;
}

/** A last line without its end was cut off, and is none. */
async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
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
    if (length > LINE_LENGTH_MAX) throw new Error(`a line of more than ${LINE_LENGTH_MAX}`);
  }
}
