import { encode } from '@keyfleet/resp';

/** Why the server, or the proxy, does not do a transaction (multi.c `execCommandAbort`). */
export function execAbort(because: string): Uint8Array {
  return encode.errorReply(`EXECABORT Transaction discarded because of: ${because}`);
}

/** What an error reply says, with its code. */
export function errorText(reply: Uint8Array, start = 0, end = reply.length): string {
  return Buffer.from(reply.subarray(start + 1, end))
    .toString()
    .trimEnd();
}
