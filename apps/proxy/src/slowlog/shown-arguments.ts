/** A request as the slow log shows it: cut as Redis cuts it (slowlog.c `slowlogCreateEntry`), without passwords. Pure. */
import type { RequestView } from '@keyfleet/resp';
import { argumentText } from '../route/argument-text.ts';

const ARGUMENTS_MAX = 32;
const ARGUMENT_BYTES_MAX = 128;
const REDACTED = Buffer.from('(redacted)');
/** Names of settings whose values are secrets: `requirepass`, `masterauth`, `tls-key-file-pass` … */
const SECRET_SETTING = /(pass|auth|user)$/;

/** Whether the argument at `index` is a secret; `word` gives any argument in lower case. */
type IsSecret = (index: number, word: (index: number) => string) => boolean;

const secrets: Readonly<Record<string, IsSecret>> = {
  auth: (index) => index > 0,
  hello: (index, word) => word(index - 1) === 'auth' || (index > 2 && word(index - 2) === 'auth'),
  'acl|setuser': (index) => index > 2,
  'config|set': (index, word) =>
    index > 2 && index % 2 === 1 && SECRET_SETTING.test(word(index - 1)),
  migrate: (index, word) =>
    index > 6 && (/^auth2?$/.test(word(index - 1)) || word(index - 2) === 'auth2'),
};

/** In memory of their own. `name`: of the command, or undefined where the servers alone know it. */
export function shownArguments(request: RequestView, name: string | undefined): Uint8Array[] {
  const isSecret = secrets[name ?? ''];
  const word = (index: number): string => argumentText(request, index).toLowerCase();
  const isCut = request.count > ARGUMENTS_MAX;
  const shownCount = isCut ? ARGUMENTS_MAX - 1 : request.count;
  const shown = Array.from({ length: shownCount }, (_, index) =>
    isSecret?.(index, word) === true ? REDACTED : shownArgument(request, index),
  );
  return isCut
    ? [...shown, Buffer.from(`... (${request.count - shownCount} more arguments)`)]
    : shown;
}

function shownArgument({ bytes, offsets }: RequestView, index: number): Uint8Array {
  const start = offsets[2 * index]!;
  const end = offsets[2 * index + 1]!;
  const hiddenBytes = end - start - ARGUMENT_BYTES_MAX;
  if (hiddenBytes <= 0) return Buffer.from(bytes.subarray(start, end));
  const shown = bytes.subarray(start, start + ARGUMENT_BYTES_MAX);
  return Buffer.concat([shown, Buffer.from(`... (${hiddenBytes} more bytes)`)]);
}
