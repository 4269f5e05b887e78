import { encode } from '@keyfleet/resp';

export const BAD_NAME = encode.errorReply(
  'ERR Client names cannot contain spaces, newlines or special characters.',
);
const NAME_LENGTH_MAX = 1024;

/** networking.c `validateClientName`: printable, no spaces. The length is our own limit: names are kept for each client. */
export function isClientName(name: string): boolean {
  return name.length <= NAME_LENGTH_MAX && /^[!-~]*$/.test(name);
}
