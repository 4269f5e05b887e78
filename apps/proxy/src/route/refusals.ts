/** Requests that are refused, with the error that the client gets. Redis' own text where it has one. */
import type { Command } from '@keyfleet/commands';
import { encode, type RequestView } from '@keyfleet/resp';
import { isXread } from './disposition.ts';

const ARGUMENTS_SHOWN_BYTES = 128;

export function argumentText({ bytes, offsets }: RequestView, index: number): string {
  return Buffer.from(
    bytes.buffer,
    bytes.byteOffset + offsets[2 * index]!,
    offsets[2 * index + 1]! - offsets[2 * index]!,
  ).toString();
}

/** server.c `rejectCommandFormat`: shows at most 128 bytes of name and of arguments. */
export function unknownCommand(request: RequestView): Uint8Array {
  const name = argumentText(request, 0).slice(0, ARGUMENTS_SHOWN_BYTES);
  let shown = '';
  for (let i = 1; i < request.count && shown.length < ARGUMENTS_SHOWN_BYTES; i++) {
    shown += `'${argumentText(request, i).slice(0, ARGUMENTS_SHOWN_BYTES - shown.length)}' `;
  }
  return encode.errorReply(`ERR unknown command '${name}', with args beginning with: ${shown}`);
}

export function unknownSubcommand(command: Command, request: RequestView): Uint8Array {
  const name = argumentText(request, 1).slice(0, ARGUMENTS_SHOWN_BYTES);
  return encode.errorReply(
    `ERR unknown subcommand '${name}'. Try ${command.name.toUpperCase()} HELP.`,
  );
}

export function wrongArity(command: Command): Uint8Array {
  return encode.errorReply(`ERR wrong number of arguments for '${command.name}' command`);
}

export function notSupported(command: Command): Uint8Array {
  return encode.errorReply(
    `ERR the proxy does not support '${command.name.replace('|', ' ')}' yet`,
  );
}

export function reservedKey(): Uint8Array {
  return encode.errorReply("ERR keys that begin with '__keyfleet:' are reserved");
}

/**
 * Why a request that its command's disposition lets through is refused all the same; null when it is not. SORT's
 * patterns name keys of any slot: Redis refuses them in cluster mode with these texts (sort.c `sortCommandGeneric`).
 */
export function refusal(command: Command, request: RequestView): Uint8Array | null {
  if (isXread(command) && hasOption(request, 'block', 'streams')) return blockingRefused(command);
  if (command.name === 'sort' || command.name === 'sort_ro') return sortRefusal(request);
  if (command.name === 'copy' && hasOtherDatabase(request))
    return encode.errorReply('ERR DB index is out of range');
  return null;
}

function blockingRefused(command: Command): Uint8Array {
  return encode.errorReply(`ERR the proxy does not support '${command.name}' with BLOCK yet`);
}

/** Whether `option` stands among the arguments before `before`. */
function hasOption(request: RequestView, option: string, before: string): boolean {
  for (let i = 1; i < request.count; i++) {
    const argument = argumentText(request, i).toLowerCase();
    if (argument === option) return true;
    if (argument === before) return false;
  }
  return false;
}

function sortRefusal(request: RequestView): Uint8Array | null {
  for (let i = 2; i + 1 < request.count; i++) {
    const option = argumentText(request, i).toLowerCase();
    const pattern = argumentText(request, i + 1);
    if (option === 'by' && pattern.includes('*'))
      return encode.errorReply('ERR BY option of SORT denied in cluster mode.');
    if (option === 'get' && pattern !== '#')
      return encode.errorReply('ERR GET option of SORT denied in cluster mode.');
    if (option === 'limit') i += 2;
    else if (option === 'by' || option === 'get' || option === 'store') i += 1;
  }
  return null;
}

function hasOtherDatabase(request: RequestView): boolean {
  for (let i = 3; i + 1 < request.count; i++) {
    if (argumentText(request, i).toLowerCase() === 'db')
      return argumentText(request, i + 1) !== '0';
  }
  return false;
}
