/** Why a client may not subscribe to a name, or publish at it. */
import { encode } from '@keyfleet/resp';
import type { Kind } from './kind.ts';
import { isReserved } from './place.ts';

/**
 * Matching a pattern takes up to the product of both lengths, on the loop that serves every client, here and at the
 * servers. A channel may be named after a key.
 */
const NAME_BYTES_MAX = { channel: 65_536, pattern: 4096, shardChannel: 65_536 } as const;

export const reservedChannel = encode.errorReply(
  "ERR channels that begin with '__keyfleet:' are reserved",
);

/** Null: it may. A name has one character for each byte. */
export function nameRefusal(kind: Kind, name: string): Uint8Array | null {
  if (isReserved(name)) return reservedChannel;
  const most = NAME_BYTES_MAX[kind];
  if (name.length <= most) return null;
  const what = kind === 'pattern' ? 'pattern' : 'channel name';
  return encode.errorReply(`ERR a ${what} may have ${most} bytes`);
}
