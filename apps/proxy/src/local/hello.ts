/** networking.c `helloCommand`: HELLO [protover [AUTH user password] [SETNAME name]], as data. */
import { encode, type RespVersion } from '@keyfleet/resp';
import type { Credentials } from '../lobby/credentials.ts';
import { BAD_NAME, isClientName } from './client-name.ts';
import { isInteger64 } from './integer64.ts';

export type Hello = { version?: RespVersion; name?: string; credentials?: Credentials };

const NO_PROTOCOL = encode.errorReply('NOPROTO unsupported protocol version');
const BAD_PROTOCOL = encode.errorReply('ERR Protocol version is not an integer or out of range');

/** `values`: behind HELLO. Bytes are the error. Who asks is checked only when all of it is well formed. */
export function parseHello([wanted, ...options]: readonly string[]): Uint8Array | Hello {
  if (wanted === undefined) return {};
  if (!isInteger64(wanted)) return BAD_PROTOCOL;
  if (wanted !== '2' && wanted !== '3') return NO_PROTOCOL;
  const parsed: Hello = { version: wanted === '2' ? 2 : 3 };
  while (options.length > 0) {
    const failure = takeOption(options, parsed);
    if (failure !== null) return failure;
  }
  return parsed;
}

/** Takes one option with its values off `options`; returns an error reply if it cannot. */
function takeOption(options: string[], parsed: Hello): Uint8Array | null {
  const option = options.shift()!;
  const word = option.toLowerCase();
  if (word === 'auth' && options.length >= 2) {
    const [name, password] = options.splice(0, 2) as [string, string];
    parsed.credentials = { name, password };
    return null;
  }
  if (word === 'setname' && options.length >= 1) {
    parsed.name = options.shift()!;
    return isClientName(parsed.name) ? null : BAD_NAME;
  }
  return encode.errorReply(`ERR Syntax error in HELLO option '${option}'`);
}
