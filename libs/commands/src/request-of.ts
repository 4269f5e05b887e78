/**
 * For tests: a request as the framer hands it over, its arguments at odd places between other
 * bytes.
 */
import type { RequestView } from '@keyfleet/resp';

export function requestOf(args: readonly (string | Uint8Array)[]): RequestView {
  const encoder = new TextEncoder();
  const parts = args.map((arg) => (typeof arg === 'string' ? encoder.encode(arg) : arg));
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length + 1, 1)).fill(0x2a);
  const offsets = new Int32Array(2 * parts.length);
  let at = 1;
  parts.forEach((part, i) => {
    bytes.set(part, at);
    offsets.set([at, at + part.length], 2 * i);
    at += part.length + 1;
  });
  return { bytes, offsets, count: parts.length };
}
