/** Length lines, `*3\r\n` and the like, written in place. */
import { CR, CRLF_BYTES, LF, ZERO } from './bytes.ts';

/** How many bytes `writeLength` writes. */
export function lengthBytes(value: number): number {
  let digits = 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  return 1 + digits + CRLF_BYTES;
}

/** Writes the line of `marker` and `value`, a count from 0, at `at`; returns where it ends. */
export function writeLength(into: Uint8Array, at: number, marker: number, value: number): number {
  const end = at + lengthBytes(value);
  into[at] = marker;
  into[end - 2] = CR;
  into[end - 1] = LF;
  let rest = value;
  for (let digit = end - 3; digit > at; digit--) {
    into[digit] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return end;
}
