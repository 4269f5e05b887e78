/** The bytes of the protocol that the scanners compare with. */
export const CR = 0x0d;
export const LF = 0x0a;
export const ZERO = 0x30;
export const STAR = 0x2a;
export const DOLLAR = 0x24;
export const CRLF_BYTES = 2;

export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** Latin-1 text of a few bytes, for numbers and error texts. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}
