/** Keys that are the platform's own: clients neither see nor touch them (design §3). */
const RESERVED = new TextEncoder().encode('__keyfleet:');

/** What the control plane keeps in database 0 of each primary (configserver: choose-winner.ts). */
export const STAMP_KEY = '__keyfleet:stamp';

/** Of the key at bytes[start, end). */
export function isReserved(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < RESERVED.length) return false;
  for (let i = 0; i < RESERVED.length; i++) {
    if (bytes[start + i] !== RESERVED[i]) return false;
  }
  return true;
}
