/** Requests that are refused, with the error that the client gets. Redis' own text where it has one. */
import type { Command } from '@keyfleet/commands';
import { encode, type RequestFramer, type RequestView } from '@keyfleet/resp';
import type { UpstreamTraits } from '../upstream/upstream-kind.ts';
import { argumentText } from './argument-text.ts';
import { refusalText } from './refusal-reasons.ts';
import { sortRefusal } from './sort-patterns.ts';

export { argumentText } from './argument-text.ts';

const ARGUMENTS_SHOWN_BYTES = 128;
/** The bytes of the argument, one character each; Redis prints it as a C string, which ends at the first NUL. */
function shownArgument({ bytes, offsets }: RequestView, index: number, bytesMax: number): string {
  const start = offsets[2 * index]!;
  const length = Math.min(offsets[2 * index + 1]! - start, bytesMax);
  const [shown] = Buffer.from(bytes.buffer, bytes.byteOffset + start, length)
    .toString('latin1')
    .split('\0', 1);
  return shown!;
}

function errorOfBytes(text: string): Uint8Array {
  return Buffer.from(`-${text.replaceAll(/[\r\n]/g, ' ')}\r\n`, 'latin1');
}

/** server.c `rejectCommandFormat`: shows at most 128 bytes of name and of arguments. */
export function unknownCommand(request: RequestView): Uint8Array {
  const name = shownArgument(request, 0, ARGUMENTS_SHOWN_BYTES);
  let shown = '';
  for (let i = 1; i < request.count && shown.length < ARGUMENTS_SHOWN_BYTES; i++) {
    shown += `'${shownArgument(request, i, ARGUMENTS_SHOWN_BYTES - shown.length)}' `;
  }
  return errorOfBytes(`ERR unknown command '${name}', with args beginning with: ${shown}`);
}

export function unknownSubcommand(command: Command, request: RequestView): Uint8Array {
  const name = shownArgument(request, 1, ARGUMENTS_SHOWN_BYTES);
  return errorOfBytes(`ERR unknown subcommand '${name}'. Try ${command.name.toUpperCase()} HELP.`);
}

export function wrongArity({ name }: Command): Uint8Array {
  const text = `wrong number of arguments for '${name}' command`;
  // server.c `rejectCommand`: whatever is wrong with EXEC aborts a transaction, also where there is none.
  return encode.errorReply(
    name === 'exec' ? `EXECABORT Transaction discarded because of: ${text}` : `ERR ${text}`,
  );
}

export function notSupported(command: Command): Uint8Array {
  return encode.errorReply(refusalText(command));
}

export function reservedKey(): Uint8Array {
  return encode.errorReply("ERR keys that begin with '__keyfleet:' are reserved");
}

/**
 * Why a request that its command's disposition lets through is refused all the same; null when it is not.
 */
export function refusal(
  command: Command,
  request: RequestFramer,
  { isOneServer }: Pick<UpstreamTraits, 'isOneServer'>,
): Uint8Array | null {
  if (isOneServer) return null;
  if (command.name === 'sort' || command.name === 'sort_ro') return sortRefusal(request);
  return null;
}

/** What a browser says that was tricked into talking to us (server.c `securityWarningCommand`): such a client is cut. */
export function isCrossProtocol(request: RequestView): boolean {
  return ['post', 'host:'].includes(argumentText(request, 0, ARGUMENTS_SHOWN_BYTES).toLowerCase());
}
