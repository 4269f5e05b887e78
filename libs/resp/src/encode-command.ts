import { CR, LF } from './bytes.ts';

const text = new TextEncoder();

/** A request as a client sends it: an array of bulk strings. Text is sent as UTF-8. */
export function encodeCommand(args: readonly (string | Uint8Array)[]): Uint8Array {
  const payloads = args.map((arg) => (typeof arg === 'string' ? text.encode(arg) : arg));
  const heads = payloads.map((payload, i) =>
    text.encode(`${i === 0 ? `*${args.length}\r\n` : ''}$${payload.length}\r\n`),
  );
  const total = payloads.reduce(
    (sum, payload, i) => sum + heads[i]!.length + payload.length + 2,
    0,
  );
  const frame = new Uint8Array(total);
  let at = 0;
  payloads.forEach((payload, i) => {
    frame.set(heads[i]!, at);
    frame.set(payload, at + heads[i]!.length);
    at += heads[i]!.length + payload.length;
    frame[at++] = CR;
    frame[at++] = LF;
  });
  return frame;
}
