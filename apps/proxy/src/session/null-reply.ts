import { encode } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';

const NULL_ARRAY = Buffer.from('*-1\r\n');

/** What is answered in place of an array that there is none of. */
export function nullReply({ respVersion }: Client): Uint8Array {
  return respVersion === 2 ? NULL_ARRAY : encode.nullReply(respVersion);
}
