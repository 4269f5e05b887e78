/** Requests that are refused, with the error that the client gets. Redis' own text where it has one. */
import type { Command } from '@keyfleet/commands';
import { encode, type RequestView } from '@keyfleet/resp';
import { isXread } from './disposition.ts';

const ARGUMENTS_SHOWN_BYTES = 128;
/** No option, name or number that the proxy reads is longer; an argument may have 512 MB, more than a string takes. */
const TEXT_BYTES_MAX = 4096;

/** The argument as text, at most its first 4096 bytes. */
export function argumentText(
  request: RequestView,
  index: number,
  bytesMax = TEXT_BYTES_MAX,
): string {
  const { bytes, offsets } = request;
  const start = offsets[2 * index]!;
  const length = Math.min(offsets[2 * index + 1]! - start, bytesMax);
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString();
}

/** server.c `rejectCommandFormat`: shows at most 128 bytes of name and of arguments. */
export function unknownCommand(request: RequestView): Uint8Array {
  const name = argumentText(request, 0, ARGUMENTS_SHOWN_BYTES);
  let shown = '';
  for (let i = 1; i < request.count && shown.length < ARGUMENTS_SHOWN_BYTES; i++) {
    shown += `'${argumentText(request, i, ARGUMENTS_SHOWN_BYTES - shown.length)}' `;
  }
  return encode.errorReply(`ERR unknown command '${name}', with args beginning with: ${shown}`);
}

export function unknownSubcommand(command: Command, request: RequestView): Uint8Array {
  const name = argumentText(request, 1, ARGUMENTS_SHOWN_BYTES);
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
  if (isXread(command) && isBlockingXread(request)) return blockingRefused(command);
  if (command.name === 'sort' || command.name === 'sort_ro') return sortRefusal(request);
  return null;
}

function blockingRefused(command: Command): Uint8Array {
  return encode.errorReply(`ERR the proxy does not support '${command.name}' with BLOCK yet`);
}

/** Arguments that each option of XREAD and XREADGROUP takes, itself included (t_stream.c `xreadCommand`). */
const xreadOptions: Readonly<Record<string, number>> = { group: 3, count: 2, noack: 1, claim: 2 };

/** Names of groups and consumers may be any word, so the options are walked. */
function isBlockingXread(request: RequestView): boolean {
  let at = 1;
  while (at < request.count) {
    const option = argumentText(request, at).toLowerCase();
    if (option === 'block') return true;
    const length = xreadOptions[option];
    if (length === undefined) return false;
    at += length;
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

/** What a browser says that was tricked into talking to us (server.c `securityWarningCommand`): such a client is cut. */
export function isCrossProtocol(request: RequestView): boolean {
  return ['post', 'host:'].includes(argumentText(request, 0, ARGUMENTS_SHOWN_BYTES).toLowerCase());
}
