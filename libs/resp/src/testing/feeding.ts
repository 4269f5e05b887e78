/** How the tests cut bytes, feed them, and write down what came out. */
import { ProtocolError } from '../protocol-error.ts';
import type { ReplyFramer } from '../reply-framer.ts';
import type { RequestFramer } from '../request-framer.ts';

const WIPED = 0xff;

export const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0));

export const textOf = (bytes: Uint8Array, start = 0, end = bytes.length): string =>
  Array.from(bytes.subarray(start, end), (byte) => String.fromCharCode(byte)).join('');

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Pieces of the given sizes, over and over, to the end; each in memory of its own. */
export function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    chunks.push(bytes.slice(at, at + size));
    at += size;
  }
  return chunks;
}

/** Two pieces, for a cut anywhere. */
export const cutOnce = (bytes: Uint8Array, at: number): Uint8Array[] => [
  bytes.slice(0, at),
  bytes.slice(at),
];

export type Request = { readonly args: readonly string[]; readonly frame: string };

export function currentRequest(framer: RequestFramer): Request {
  const args = Array.from({ length: framer.count }, (_, i) =>
    textOf(framer.bytes, framer.offsets[2 * i], framer.offsets[2 * i + 1]),
  );
  return { args, frame: textOf(framer.bytes, framer.start, framer.end) };
}

/** Keeps after each chunk and then wipes it, as a socket that reuses its buffer would. */
export function feedRequests(framer: RequestFramer, chunks: readonly Uint8Array[]): Request[] {
  const requests: Request[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    while (framer.next()) requests.push(currentRequest(framer));
    framer.keep();
    chunk.fill(WIPED);
  }
  return requests;
}

export type Framed = { readonly type: string; readonly frame: string };

export function feedReplies(framer: ReplyFramer, chunks: readonly Uint8Array[]): Framed[] {
  const replies: Framed[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    while (framer.next()) {
      const frame = textOf(framer.bytes, framer.start, framer.end);
      replies.push({ type: String.fromCharCode(framer.type), frame });
    }
    framer.keep();
    chunk.fill(WIPED);
  }
  return replies;
}

/** The ProtocolError that these bytes meet, or undefined. Any other error is a bug, and goes on. */
export function refusal(feed: () => unknown): ProtocolError | undefined {
  try {
    feed();
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}
