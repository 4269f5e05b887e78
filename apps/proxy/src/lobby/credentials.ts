/** AUTH, or AUTH inside HELLO: what it says, and what it is answered. */
import { encode } from '@keyfleet/resp';
import { errors } from '../route/replies.ts';

export type Credentials = { readonly name: string; readonly password: string };

export const WRONG_PASSWORD = encode.errorReply(
  'WRONGPASS invalid username-password pair or user is disabled.',
);
export const NO_AUTH = encode.errorReply('NOAUTH Authentication required.');
export const NO_AUTH_HELLO = encode.errorReply(
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
);

/** Behind AUTH: a password of `default`, or a user and its password. Bytes are the error. */
export function parseAuth(values: readonly string[]): Credentials | Uint8Array {
  const [first = '', second] = values;
  if (values.length > 2) return errors.syntax;
  return second === undefined
    ? { name: 'default', password: first }
    : { name: first, password: second };
}

/** A connection keeps its cluster for life: what it waits for, watches and subscribed to is there. */
export function otherCluster(name: string): Uint8Array {
  return encode.errorReply(
    `ERR user '${name}' is of another cluster than this connection: reconnect to authenticate as it`,
  );
}
