/** Not BUSYKEY, BUSYGROUP. */
const BUSY = Buffer.from('-BUSY ');

/** What a server says to everybody while it runs a script, a function or a module's command for too long. */
export function isBusyError(reply: Uint8Array, start = 0): boolean {
  return BUSY.every((byte, i) => reply[start + i] === byte);
}
